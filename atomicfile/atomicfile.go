// Package atomicfile replaces small files so that a crash at any moment leaves
// either the old contents or the new ones, and what was written stays written.
package atomicfile

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Write makes data the contents of the file at path, readable by its owner
// alone (0600). When it returns nil the contents survive a loss of power.
func Write(path string, data []byte) error {
	return Replace(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

// Replace is Write for contents that are large: write is given where to. When it
// fails the file is as it was.
func Replace(path string, write func(io.Writer) error) (err error) {
	dir := filepath.Dir(path)
	f, err := os.CreateTemp(dir, "."+filepath.Base(path)+".*") // made with 0600
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	// Before the rename: otherwise the new name could outlive a crash with nothing in it.
	if err = f.Sync(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err = f.Close(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return syncDir(dir)
}

// Create is Write for a name that is not taken: of several who create a file at
// the same moment one does, and the others are told fs.ErrExist.
func Create(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*") // made with 0600
	if err != nil {
		return fmt.Errorf("create: %w", err)
	}
	_, err = f.Write(data)
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = Publish(f.Name(), path)
	}
	if err != nil {
		os.Remove(f.Name()) // not there any more when it was published
		return fmt.Errorf("create: %w", err)
	}
	return nil
}

// Publish gives a finished file its name, and its old name is gone. When it
// returns nil the file survives a loss of power under its new name, which must
// be in the same directory. fs.ErrExist when that name is taken: nothing is replaced.
func Publish(finished, path string) error {
	f, err := os.OpenFile(finished, os.O_RDWR, 0)
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	err = f.Sync()
	if closing := f.Close(); err == nil {
		err = closing
	}
	if err == nil {
		err = os.Link(finished, path) // a rename would replace what is there
	}
	if err == nil {
		err = os.Remove(finished)
	}
	if err != nil {
		return fmt.Errorf("publish: %w", err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a directory durable.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return fmt.Errorf("write: %w", err)
	}
	defer d.Close()
	if err := d.Sync(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
