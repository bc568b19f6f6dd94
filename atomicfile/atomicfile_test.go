package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

func TestWriteReplaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	for _, want := range []string{"first, and longer", "second"} {
		if err := Write(path, []byte(want)); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("contents = %q, %v, want %q", got, err, want)
		}
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode = %v, %v, want 0600", info.Mode(), err)
	}
}

func TestFailureLeavesTheOldFileAndNoLitter(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "taken")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(path, []byte("x")); err == nil {
		t.Fatal("a directory was replaced by a file")
	}
	names, err := os.ReadDir(dir)
	if err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

func TestReplaceThatFailsLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	if err := Write(path, []byte("old")); err != nil {
		t.Fatal(err)
	}
	failure := errors.New("half way")
	err := Replace(path, func(w io.Writer) error {
		_, err := w.Write([]byte("ne"))
		return errors.Join(failure, err)
	})
	got, readErr := os.ReadFile(path)
	if !errors.Is(err, failure) || readErr != nil || string(got) != "old" {
		t.Errorf("%v; contents = %q, %v, want the old ones", err, got, readErr)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("left behind: %v, %v", names, err)
	}
}

func TestPublishReplacesNothing(t *testing.T) {
	dir := t.TempDir()
	finished, path := filepath.Join(dir, ".new"), filepath.Join(dir, "new")
	if err := os.WriteFile(finished, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Publish(finished, path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(finished, []byte("y"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Publish(finished, path); !errors.Is(err, fs.ErrExist) {
		t.Errorf("published over a file: %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "x" {
		t.Errorf("contents = %q, %v, want the first", got, err)
	}
}

func TestCreateOnce(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "once")
	if err := Create(path, []byte("first")); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("second")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("again: %v", err)
	}
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "first" {
		t.Errorf("contents = %q, %v", got, err)
	}
	if names, err := os.ReadDir(dir); err != nil || len(names) != 1 {
		t.Errorf("%d files, %v", len(names), err)
	}
}
