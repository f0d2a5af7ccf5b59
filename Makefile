# SPDX-License-Identifier: GPL-2.0
# Everything that is built goes below build/. "make help" lists the targets.

build := $(abspath build)
export PATH := $(PATH):/usr/sbin:/sbin

help:
	@sed -n 's/^\([a-z-]*\):.*## /  make \1\t/p' Makefile | expand -t 24

kernel: ## the patched kernel: build/kernel/bzImage, build/modules
	scripts/kernel

kernel-debug: ## the same with the checkers: lockdep, KASAN, kmemleak, ...
	scripts/kernel --debug

patch: ## the whole patchset as one diff: build/kontext-6.12.patch
	scripts/patch

series-check: ## each prefix of the series applies and builds; diff budget
	scripts/series-check

tools: ## vpsctl, vpslist, vpstemplate, vpsd, libkontext: build/utils
	@scripts/need gcc make libc6-dev pkg-config libnl-3-dev libnl-genl-3-dev \
		libarchive-dev libjansson-dev libcap-dev libmount-dev
	$(MAKE) -C utils O=$(build)/utils

install: tools ## the tools, on this machine or below DESTDIR
	$(MAKE) -C utils O=$(build)/utils DESTDIR=$(DESTDIR) install

tests: tools ## the programs that tests need: build/selftests, build/tests
	@mkdir -p $(build)/selftests/ctx $(build)/selftests/unionfs
	$(MAKE) -C tests/selftests/ctx O=$(build)/selftests/ctx
	$(MAKE) -C tests/selftests/unionfs O=$(build)/selftests/unionfs
	$(MAKE) -C tests/cli O=$(build)/tests/cli UTILS=$(build)/utils
	$(MAKE) -C tests/escape O=$(build)/tests/escape
	$(MAKE) -C tests/fuzz O=$(build)/tests/fuzz

templates: ## template archives: build/templates
	scripts/template debian-12 debian-13 busybox sysvinit

image: ## the disks of the virtual host: build/image
	scripts/image

demo: ## see it: two VPSs in a virtual host, from nothing
	scripts/demo

shell: ## a root shell in the virtual host
	scripts/kernel
	scripts/image --templates debian-12
	scripts/vm

lint: ## checkpatch, sparse, kernel-doc, shellcheck
	scripts/lint

check: ## all tests
	scripts/check

soak: ## the tests over and over on the debug kernel, MINUTES=60
	scripts/soak $(MINUTES)

bench: ## the benchmarks
	scripts/kernel
	scripts/image
	tests/bench/run

clean: ## remove build/
	rm -rf build

.PHONY: help kernel kernel-debug patch series-check tools install tests \
	templates image demo shell lint check soak bench clean
