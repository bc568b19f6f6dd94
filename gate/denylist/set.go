// Package denylist is a gate's list of passes that must not go through, however
// good their signatures: of lost phones, of riders who owe a fare. It comes in
// numbered deltas, each of which is on the disk before it counts, and answers in
// well under a microsecond for a million passes held in some 9 MB.
package denylist

import (
	"cmp"
	"encoding/binary"
	"slices"
)

// ID is the identifier of a pass.
type ID = [8]byte

// set holds ids in sorted buckets, by their first bits. Issuers draw ids at
// random, so buckets fill alike; if they did not, a bucket would only be slower.
type set struct {
	buckets [1 << bucketBits][]uint64
	count   int
}

const (
	bucketBits = 12
	slack      = 4 // entries that a bucket is given more room for than it needs
)

func place(id ID) (bucket int, value uint64) {
	value = binary.BigEndian.Uint64(id[:])
	return int(value >> (64 - bucketBits)), value
}

func (s *set) has(id ID) bool {
	b, v := place(id)
	_, found := slices.BinarySearch(s.buckets[b], v)
	return found
}

func (s *set) add(id ID) {
	b, v := place(id)
	bucket := s.buckets[b]
	i, found := slices.BinarySearch(bucket, v)
	if found {
		return
	}
	if len(bucket) == cap(bucket) { // append would double it
		bucket = append(make([]uint64, 0, len(bucket)+slack), bucket...)
	}
	s.buckets[b] = slices.Insert(bucket, i, v)
	s.count++
}

func (s *set) remove(id ID) {
	b, v := place(id)
	if i, found := slices.BinarySearch(s.buckets[b], v); found {
		s.buckets[b] = slices.Delete(s.buckets[b], i, i+1)
		s.count--
	}
}

// each calls f with every id, in order.
func (s *set) each(f func(ID)) {
	for _, bucket := range s.buckets {
		for _, v := range bucket {
			f(ID(binary.BigEndian.AppendUint64(nil, v)))
		}
	}
}

// fill makes a set of ids, each bucket as large as it must be.
func fill(ids []ID) *set {
	slices.SortFunc(ids, func(a, b ID) int { return cmp.Compare(binary.BigEndian.Uint64(a[:]), binary.BigEndian.Uint64(b[:])) })
	ids = slices.Compact(ids)
	s := &set{count: len(ids)}
	for len(ids) > 0 {
		b, _ := place(ids[0])
		n := 1
		for n < len(ids) && int(ids[n][0])<<4|int(ids[n][1])>>4 == b {
			n++
		}
		values := make([]uint64, n)
		for i := range values {
			_, values[i] = place(ids[i])
		}
		s.buckets[b], ids = values, ids[n:]
	}
	return s
}
