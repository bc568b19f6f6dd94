package store

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/paycode/paycode/clearing"
	"github.com/paycode/paycode/issuing"
	"github.com/paycode/paycode/pass"
)

var (
	findPasses       = findEach(`SELECT t.id, t.device_id, d.payer_id FROM passes t JOIN devices d ON d.bucket = t.bucket AND d.id = t.device_id`, "t.id bytea", "")
	findDevicesByKey = findEach(`SELECT t.public_key, t.id, t.payer_id FROM devices t`, "t.public_key bytea", "")
	insertPasses     = InsertEach("passes", "id bytea, device_id uuid, expires_at bigint", "id")
)

// OwnersOf implements clearing.TapStore.
func (db *DB) OwnersOf(ctx context.Context, bucket int, passes []pass.Pass) (owners map[[8]byte]clearing.Owner, err error) {
	err = db.engine.Read(ctx, func(tx Tx) error {
		owners, err = ownersOf(tx, bucket, passes)
		return err
	})
	if err != nil {
		return nil, err
	}
	forgotten := without(passes, owners)
	if len(forgotten) == 0 {
		return owners, nil
	}
	err = db.engine.Write(ctx, bucket, func(tx Tx) error {
		again, err := remember(tx, bucket, forgotten)
		maps.Copy(owners, again)
		return err
	})
	return owners, err
}

// without are the passes that have no owner, each once.
func without(passes []pass.Pass, owners map[[8]byte]clearing.Owner) []pass.Pass {
	left := map[[8]byte]pass.Pass{}
	for _, p := range passes {
		if _, known := owners[p.ID]; !known {
			left[p.ID] = p
		}
	}
	return slices.SortedFunc(maps.Values(left), func(a, b pass.Pass) int { return bytes.Compare(a.ID[:], b.ID[:]) })
}

func ownersOf(tx Tx, bucket int, passes []pass.Pass) (map[[8]byte]clearing.Owner, error) {
	wanted := keySet[[8]byte]{}
	for _, p := range passes {
		wanted[p.ID] = true
	}
	keys := wanted.in(func(a, b [8]byte) int { return bytes.Compare(a[:], b[:]) }, func(id [8]byte) []any { return []any{id[:]} })
	owners := map[[8]byte]clearing.Owner{}
	tx.Find(findPasses, bucket, keys, func(scan func(...any) error) error {
		var id [8]byte
		var o clearing.Owner
		err := scan(exact(id[:]), &o.Device, &o.Payer)
		owners[id] = o
		return err
	})
	return owners, tx.Flush()
}

// remember adds passes to the devices with whose keys they were made, and answers whose
// they are. The deny list can name them from then on.
func remember(tx Tx, bucket int, passes []pass.Pass) (map[[8]byte]clearing.Owner, error) {
	owners, err := ownersOf(tx, bucket, passes) // another server may have been quicker
	if err != nil {
		return nil, err
	}
	passes = without(passes, owners)
	devices, err := devicesByKey(tx, bucket, passes)
	if err != nil {
		return nil, err
	}
	var rows [][]any
	for _, p := range passes {
		if o, ok := devices[keyOf(p)]; ok {
			owners[p.ID] = o
			rows = append(rows, []any{p.ID[:], o.Device, micros(p.Expires)})
		}
	}
	if len(rows) > 0 {
		tx.Each(insertPasses, bucket, rows)
	}
	return owners, tx.Flush()
}

// devicesByKey finds the devices that have the keys of passes: of several with one key,
// because a device was enrolled again with it, the one that was enrolled last.
func devicesByKey(tx Tx, bucket int, passes []pass.Pass) (map[issuing.PublicKey]clearing.Owner, error) {
	wanted := keySet[issuing.PublicKey]{}
	for _, p := range passes {
		wanted[keyOf(p)] = true
	}
	keys := wanted.in(func(a, b issuing.PublicKey) int { return bytes.Compare(a[:], b[:]) }, func(k issuing.PublicKey) []any { return []any{k[:]} })
	devices := map[issuing.PublicKey]clearing.Owner{}
	tx.Find(findDevicesByKey, bucket, keys, func(scan func(...any) error) error {
		var key issuing.PublicKey
		var o clearing.Owner
		err := scan(exact(key[:]), &o.Device, &o.Payer)
		if had := devices[key].Device; bytes.Compare(had[:], o.Device[:]) < 0 { // ids begin with a time
			devices[key] = o
		}
		return err
	})
	return devices, tx.Flush()
}

// keyOf is the key of a pass's device as devices have it.
func keyOf(p pass.Pass) (key issuing.PublicKey) {
	point, err := p.DeviceKey.Bytes()
	if err != nil {
		panic(fmt.Sprintf("store: the key of a pass that was verified: %v", err))
	}
	copy(key[:], point)
	return key
}
