package sqlite

import "os"

const (
	// foldEvery is after how many commits what the log has is copied into the file:
	// more often, and the same pages are copied more often.
	foldEvery = 160
	// longLog is how many pages the log has before the writer is asked to begin it anew.
	longLog = 20_000
	// fewPages is how many it may have to copy itself then: a millisecond or two.
	fewPages = 1_000
	// passes bounds how often the folder tries to come so near.
	passes = 4
)

// folder copies the log into the file, beside the writer, whom a checkpoint of its own holds
// up for fifty milliseconds each time (https://sqlite.org/wal.html#ckpt).
type folder struct {
	c *conn
	// file is the database as well. What was copied is on the disk before the writer
	// has to wait for that. To close it releases the locks that SQLite has (fcntl(2)), so that
	// is done when nobody has any.
	file *os.File
	long int           // pages: longLog, but in tests
	due  chan struct{} // there is something to copy
	anew chan struct{} // the writer is asked to begin the log anew
	done chan struct{} // closed when the folder has ended
}

func newFolder(path string) (*folder, error) {
	c, err := connect(path, readerCache)
	if err != nil {
		return nil, err
	}
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		c.close()
		return nil, err
	}
	return &folder{c, file, longLog, make(chan struct{}, 1), make(chan struct{}, 1), make(chan struct{})}, nil
}

// run folds when there is something to fold, until due is closed. Errors are of no
// consequence: everything is in the log, and it is tried again.
func (f *folder) run() {
	defer close(f.done)
	for range f.due {
		for range passes {
			pages, left := f.c.checkpoint()
			f.file.Sync()
			if pages < f.long {
				break
			}
			if left <= fewPages {
				wake(f.anew)
				break
			}
		}
	}
}

// end is called once nothing is written any more.
func (f *folder) end() error {
	close(f.due)
	<-f.done
	return f.c.close()
}

// wake leaves word, unless there is some already.
func wake(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

// checkpoint copies what can be copied without waiting for anybody, and answers how many pages
// the log has and, of those, how many came after the ones that are copied.
func (c *conn) checkpoint() (pages, left int) {
	var busy, copied int
	if err := c.Row("PRAGMA wal_checkpoint(PASSIVE)", nil, &busy, &pages, &copied); err != nil {
		return 0, 0
	}
	return pages, pages - copied
}
