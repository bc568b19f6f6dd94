package pgtest

import (
	"os"
	"path/filepath"
	"syscall"
	"time"
)

const (
	dirName = "paycode-pg-" // short: a socket's path has 107 bytes
	// justMade is the age at which a directory without a lock is surely nobody's.
	justMade = time.Minute
)

// makeDir makes the server's directory, and removes those of test processes
// that were killed before they could do so.
func (s *Server) makeDir() (err error) {
	sweep()
	if s.dir, err = os.MkdirTemp("", dirName); err != nil {
		return err
	}
	if s.held, err = os.Open(s.dir); err != nil {
		return err
	}
	return syscall.Flock(int(s.held.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

// sweep removes directories whose process is gone: the kernel has let go of
// its lock.
func sweep() {
	all, _ := filepath.Glob(filepath.Join(os.TempDir(), dirName+"*"))
	for _, dir := range all {
		f, err := os.Open(dir)
		if err != nil {
			continue // another user's, or just removed
		}
		info, err := f.Stat()
		if err == nil && time.Since(info.ModTime()) > justMade && syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) == nil {
			os.RemoveAll(dir)
		}
		f.Close()
	}
}
