//go:build !unix

package bench

import "time"

// OwnCPU is the processor time that this process has used, or 0 where the
// system does not say.
func OwnCPU() time.Duration { return 0 }
