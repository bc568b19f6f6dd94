package faults_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
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
// and it ends with them.
func newDisk(t *testing.T, dir string, megabytes int) disk {
	t.Helper()
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "mode=0700,size="+strconv.Itoa(megabytes)+"m"); err != nil {
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
	d := newDisk(t, dir, 16)
	s := newSite(t, "sqlite:"+filepath.Join(dir, "paycode.db"), 1)
	c := s.crowd()
	c.begin()
	for range of(4) {
		c.some(20)
		c.record.fault()
		d.fill()
		c.awaitRefused()
		time.Sleep(fullFor)
		c.checkRefusal()
		d.clear()
	}
	c.some(20)
	c.check()
	c.checkLogs()
}

// awaitRefused waits until a charge is not carried out any more.
func (c *crowd) awaitRefused() {
	c.Helper()
	for deadline := time.Now().Add(backWithin); ; time.Sleep(pause) {
		if status, _ := c.tryCharge(); status >= 500 {
			return
		}
		if time.Now().After(deadline) {
			c.Fatal("nothing is noticed of the fault")
		}
	}
}

// checkRefusal: who asks now is told that the service is away, not that it failed.
func (c *crowd) checkRefusal() {
	c.Helper()
	if status, body := c.tryCharge(); status != 503 || !strings.Contains(body, `"code":`) {
		c.Errorf("a charge is answered %d %s", status, body)
	}
}

// tryCharge sends a charge that can never succeed, and answers what it is told.
func (c *crowd) tryCharge() (status int, body string) {
	c.Helper()
	in := fmt.Sprintf(`{"order_no":"probe-%d","code":"nonsense","amount":1,"currency":"CNY"}`, c.probes.Add(1))
	r, err := http.NewRequestWithContext(c.Context(), "POST", c.servers[0].url()+"/v1/payments", strings.NewReader(in))
	c.must(err)
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+c.shops[0].key)
	got, err := quick.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer got.Body.Close()
	b, _ := io.ReadAll(got.Body)
	return got.StatusCode, string(b)
}

// checkLogs: no server has panicked.
func (c *crowd) checkLogs() {
	c.Helper()
	for _, s := range c.servers {
		text, err := os.ReadFile(s.log)
		c.must(err)
		if bytes.Contains(text, []byte("panic")) {
			c.Error("a server has panicked")
		}
	}
}
