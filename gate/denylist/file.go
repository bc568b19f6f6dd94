package denylist

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/paycode/paycode/atomicfile"
)

// A file holds a delta, or the whole list as the delta from 0:
//
//	"paycode denylist 1\n"  since[8] until[8] adds[4] removes[4]  ids[8]…  SHA-256[32]
//
// Numbers are big-endian; the hash is of all that stands before it.
const (
	magic     = "paycode denylist 1\n"
	headerLen = len(magic) + 8 + 8 + 4 + 4
	maxIDs    = 16 << 20 // of one file: more than there are phones in a large city
)

// ErrDamaged is for a list on the disk that is not as it was written.
var ErrDamaged = errors.New("denylist: the list on the disk is damaged")

// header is what a file begins with.
type header struct {
	since, until  uint64
	adds, removes int
}

func (h header) append(to []byte) []byte {
	to = append(to, magic...)
	to = binary.BigEndian.AppendUint64(to, h.since)
	to = binary.BigEndian.AppendUint64(to, h.until)
	to = binary.BigEndian.AppendUint32(to, uint32(h.adds))
	return binary.BigEndian.AppendUint32(to, uint32(h.removes))
}

// save has a file on the disk when it returns; ids calls its argument for each id.
func save(path string, h header, ids func(func(ID))) error {
	return atomicfile.Replace(path, func(to io.Writer) error {
		sum := sha256.New()
		w := bufio.NewWriterSize(io.MultiWriter(to, sum), 64<<10)
		w.Write(h.append(nil)) // a writer's error stays until Flush
		ids(func(id ID) { w.Write(id[:]) })
		if err := w.Flush(); err != nil {
			return err
		}
		_, err := to.Write(sum.Sum(nil))
		return err
	})
}

// read reads a file. Errors: os.ErrNotExist, ErrDamaged.
func read(path string) (h header, adds, removes []ID, err error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return h, nil, nil, fmt.Errorf("denylist: %w", err)
	}
	h, adds, removes, ok := parse(data)
	if !ok {
		return h, nil, nil, fmt.Errorf("%w: %s", ErrDamaged, path)
	}
	return h, adds, removes, nil
}

func parse(data []byte) (h header, adds, removes []ID, ok bool) {
	if len(data) < headerLen+sha256.Size || !bytes.HasPrefix(data, []byte(magic)) {
		return h, nil, nil, false
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if want := sha256.Sum256(body); !bytes.Equal(sum, want[:]) {
		return h, nil, nil, false
	}
	numbers := body[len(magic):]
	h.since, h.until = binary.BigEndian.Uint64(numbers), binary.BigEndian.Uint64(numbers[8:])
	h.adds, h.removes = int(binary.BigEndian.Uint32(numbers[16:])), int(binary.BigEndian.Uint32(numbers[20:]))
	text := body[headerLen:]
	if h.adds > maxIDs || h.removes > maxIDs || len(text) != 8*(h.adds+h.removes) {
		return h, nil, nil, false
	}
	ids := make([]ID, 0, h.adds+h.removes)
	for ; len(text) > 0; text = text[8:] {
		ids = append(ids, ID(text))
	}
	return h, ids[:h.adds:h.adds], ids[h.adds:], true
}
