// SPDX-License-Identifier: GPL-2.0

// How many processors Go's scheduler sees and uses.
package main

import (
	"fmt"
	"runtime"
)

func main() {
	fmt.Println(runtime.NumCPU(), runtime.GOMAXPROCS(0))
}
