package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// disk is a file system so small that it can be filled in no time.
type disk struct {
	*testing.T
	dir string
}

// newDisk mounts one at dir. Nobody but this process and its children sees it,
// and it ends with them. It belongs to uid.
func newDisk(t *testing.T, dir string, uid, megabytes int) disk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, fmt.Sprintf("mode=0700,uid=%d,size=%dm", uid, megabytes)); err != nil {
		t.Fatalf("mount: %v", err)
	}
	t.Cleanup(func() { syscall.Unmount(dir, syscall.MNT_DETACH) })
	return disk{t, dir}
}

// fill takes all the room that is left, to the last page.
func (d disk) fill() {
	d.Helper()
	f, err := os.OpenFile(filepath.Join(d.dir, "ballast"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		d.Fatal(err)
	}
	defer f.Close()
	for err == nil {
		_, err = f.Write(make([]byte, os.Getpagesize()))
	}
	if !errors.Is(err, syscall.ENOSPC) {
		d.Fatalf("the disk is not full: %v", err)
	}
}

// clear gives the room back.
func (d disk) clear() {
	if err := os.Remove(filepath.Join(d.dir, "ballast")); err != nil {
		d.Error(err)
	}
}

// fullFor is how long a disk stays full, at least.
const fullFor = 400 * time.Millisecond

// TestDiskFullSQLite fills the disk that the database file is on.
func TestDiskFullSQLite(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	d := newDisk(t, dir, os.Getuid(), 16)
	c := newSite(t, "sqlite:"+filepath.Join(dir, "paycode.db"), 1).crowd()
	c.begin()
	for range of(4) {
		c.some(20)
		c.full(d)
	}
	c.some(20)
	c.check()
	c.checkLogs()
}

// full has a disk full for a while, until tills are told to come back later.
func (c *crowd) full(d disk) {
	c.Helper()
	c.record.fault()
	d.fill()
	defer d.clear()
	refused := c.refused.Load()
	for deadline := time.Now().Add(backWithin); c.refused.Load() == refused; time.Sleep(pause) {
		if time.Now().After(deadline) {
			c.Fatal("nothing is noticed of a full disk")
		}
	}
	time.Sleep(fullFor)
}

// checkLogs: nobody was told of a fault of ours, and no server has panicked.
func (c *crowd) checkLogs() {
	c.Helper()
	if n := c.failed.Load(); n > 0 {
		c.Errorf("%d requests were answered 500", n)
	}
	for _, s := range c.servers {
		text, err := os.ReadFile(s.log)
		c.must(err)
		if bytes.Contains(text, []byte("panic")) {
			c.Error("a server has panicked")
		}
	}
}
