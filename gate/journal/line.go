package journal

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strconv"
	"time"
)

const (
	atFormat = "2006-01-02T15:04:05.000Z"
	sumBytes = 16
)

var errLine = errors.New("journal: not a line as it was written")

// appendLine appends a tap's line, its end included.
func appendLine(to []byte, key []byte, t Tap) []byte {
	begin := len(to)
	to = strconv.AppendUint(to, t.Seq, 10)
	to = append(to, ' ')
	to = t.At.UTC().AppendFormat(to, atFormat)
	to = append(to, ' ')
	to = append(to, t.Kind...)
	to = append(to, ' ')
	to = base64.StdEncoding.AppendEncode(to, t.Presentation)
	sum := checksum(key, to[begin:])
	to = append(to, ' ')
	to = hex.AppendEncode(to, sum[:])
	return append(to, '\n')
}

func checksum(key, text []byte) (sum [sumBytes]byte) {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	copy(sum[:], mac.Sum(nil))
	return sum
}

// parseLine reads a line without its end.
func parseLine(line, key []byte) (t Tap, err error) {
	cut := bytes.LastIndexByte(line, ' ')
	if cut < 0 {
		return t, errLine
	}
	want := checksum(key, line[:cut])
	if !hmac.Equal(line[cut+1:], hex.AppendEncode(nil, want[:])) {
		return t, errLine
	}
	fields := bytes.Split(line[:cut], []byte(" "))
	if len(fields) != 4 {
		return t, errLine
	}
	if t.Seq, err = strconv.ParseUint(string(fields[0]), 10, 64); err != nil || t.Seq == 0 {
		return Tap{}, errLine
	}
	if t.At, err = time.Parse(atFormat, string(fields[1])); err != nil {
		return Tap{}, errLine
	}
	t.Kind = Kind(fields[2])
	if t.Presentation, err = base64.StdEncoding.Strict().DecodeString(string(fields[3])); err != nil {
		return Tap{}, errLine
	}
	return t, nil
}
