package store

import (
	"cmp"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

// owner is a device and whose it is.
type owner struct {
	device ids.Device
	payer  ids.Payer
	// guessed says that wrong codes may have been counted for the alias.
	guessed bool
}

// named are the devices that codes name.
type named struct {
	byAlias  map[paycode.Alias]owner
	byOnline map[[32]byte]owner
}

func (l *loading) namedByCodes(needs []payment.Need) named {
	n := named{map[paycode.Alias]owner{}, map[[32]byte]owner{}}
	aliases, hashes := keySet[paycode.Alias]{}, keySet[[32]byte]{}
	for _, need := range needs {
		switch need.Code.Form {
		case 0:
		case paycode.FormOnline:
			hashes[need.Online] = true
		default:
			aliases[need.Code.Alias] = true
		}
	}
	byNumber := aliases.in(cmp.Compare, func(a paycode.Alias) []any { return []any{int64(a)} })
	l.find(findByAlias, byNumber, func(scan func(...any) error) error {
		var alias paycode.Alias
		var o owner
		err := scan(&alias, &o.device, &o.payer, &o.guessed)
		n.byAlias[alias] = o
		return err
	})
	l.find(findByOnline, hashesIn(hashes), func(scan func(...any) error) error {
		var hash [32]byte
		var o owner
		err := scan(exact(hash[:]), &o.device, &o.payer)
		n.byOnline[hash] = o
		return err
	})
	return n
}

// concerned lists whose purses and which devices a batch needs.
func (l *loading) concerned(needs []payment.Need, by named) (payers keySet[ids.Payer], devices keySet[ids.Device]) {
	payers, devices = keySet[ids.Payer]{}, keySet[ids.Device]{}
	for _, n := range needs {
		if !n.Payer.IsZero() {
			payers[n.Payer] = true
		}
		if !n.Device.IsZero() {
			devices[n.Device] = true
		}
		if before, there := l.rows.Payments[n.Payment]; there {
			if !before.Payer.IsZero() {
				payers[before.Payer] = true
			}
			continue // decided before: its code is not looked at again
		}
		o, known := by.of(n)
		if !known {
			continue
		}
		payers[o.payer], devices[o.device] = true, true
		if n.Code.Form != paycode.FormOnline {
			l.rows.Aliases[n.Code.Alias] = o.device
		}
	}
	return payers, devices
}

func (by named) of(n payment.Need) (o owner, known bool) {
	switch n.Code.Form {
	case 0:
	case paycode.FormOnline:
		o, known = by.byOnline[n.Online]
	default:
		o, known = by.byAlias[n.Code.Alias]
	}
	return o, known
}

// pages looks where payers can be reached who may have to confirm: few, so that
// all others are spared the search.
func (l *loading) pages(needs []payment.Need, by named) error {
	asked := map[ids.Payer]bool{}
	for _, n := range needs {
		o, known := by.of(n)
		if known && n.Code.Form != paycode.FormOnline && n.Minor > l.rows.Payers[o.payer].Limits.ConfirmAbove {
			asked[o.payer] = true
		}
	}
	if len(asked) == 0 {
		return nil
	}
	l.find(findPages, idsIn(asked), func(scan func(...any) error) error {
		var payer ids.Payer
		var server ids.Server
		var asks int
		err := scan(&payer, &server, &asks)
		if asks == 1 {
			l.rows.Pages[payer] = append(l.rows.Pages[payer], server)
		}
		return err
	})
	return l.tx.Flush()
}

// pursesOf are the keys of payers' purses, in the order in which they are locked.
func pursesOf(payers keySet[ids.Payer]) [][]any {
	keys := idsIn(payers)
	for i := range keys {
		keys[i] = []any{int(ledger.PayerBalance), keys[i][0]}
	}
	return keys
}

func (l *loading) purses(wanted keySet[ids.Payer]) {
	l.find(findPurses, pursesOf(wanted), func(scan func(...any) error) error {
		var p payment.Payer
		var purse payment.Purse
		err := scan(&p.ID, &p.Name, &p.Currency, &p.Limits.PerPayment, &p.Limits.PerDay, &p.Limits.CountPerDay, &p.Limits.ConfirmAbove,
			&purse.Balance.Minor, &purse.Day, &purse.DaySpent, &purse.DayCount)
		purse.Payer, purse.Balance.Currency = p.ID, p.Currency
		l.rows.Payers[p.ID], l.rows.Purses[p.ID] = p, purse
		return err
	})
}

func (l *loading) devices(wanted keySet[ids.Device]) {
	l.find(findDevices, idsIn(wanted), func(scan func(...any) error) error {
		var d payment.Device
		var bits int64
		err := scan(&d.ID, &d.Payer, &d.Status, &d.Newest.Generation, &d.Newest.KeyID,
			&d.Held.Generation, &d.Held.KeyID, (*stamp)(&d.RotatedAt), &d.Alias, &d.AliasHeld, (*stamp)(&d.SyncedAt), &d.Burned.Base, &bits)
		d.Burned.Bits = uint64(bits)
		l.rows.Devices[d.ID] = d
		return err
	})
}
