package store

import (
	"cmp"
	"maps"

	"github.com/paycode/paycode"
	"github.com/paycode/paycode/ids"
	"github.com/paycode/paycode/ledger"
	"github.com/paycode/paycode/payment"
)

// Most batches are charges of new orders by offline codes of payers whom no other
// server is charging at this moment. Such a batch hopes: one search, without a
// lock, finds alias, device and purse together, and what is then written names
// what was found. Where that is not there any more, no row changes, the
// transaction has lost a race, and it is run again with locks. A device that is
// frozen meanwhile is not charged; that a limit or a seed is changed meanwhile
// is as if the charge had been first.

var (
	findByCode = findEach(`SELECT t.alias, t.guessed, d.id, d.payer_id, d.status, d.generation, d.key_id, d.held_generation, d.held_key_id, d.rotated_at,
			d.alias AS newest, d.alias_held, d.synced_at, d.burn_base, d.burn_bits,
			a.holder, a.currency, a.per_payment, a.per_day, a.count_per_day, a.confirm_above, a.balance, a.day, a.day_spent, a.day_count
		FROM aliases t JOIN devices d ON d.bucket = t.bucket AND d.id = t.device_id
		JOIN accounts a ON a.bucket = t.bucket AND a.kind = 1 AND a.owner = t.payer_id`, "t.alias bigint", "")
	spendPurses = updateEach("accounts",
		"kind integer, owner uuid, currency text, balance bigint, day bigint, day_spent bigint, day_count bigint",
		"balance bigint, day bigint, day_spent bigint, day_count bigint")
	spendSlots = updateEach("devices", "id uuid, status text, burn_base bigint, burn_bits bigint", "burn_base bigint, burn_bits bigint")
)

// hoping is a batch that hopes, with what it found.
type hoping struct {
	loading
	purses  map[ids.Payer]payment.Purse
	devices map[ids.Device]payment.Device
}

// hope runs a batch without locks. It answers whether it did; if not, nothing
// but claims is queued or written, and the same transaction may go on with locks.
func (l loading) hope(needs []payment.Need, decide func(*payment.Rows)) (done bool, err error) {
	if !hopeful(needs) {
		return false, nil
	}
	h := hoping{loading: l}
	if found, err := h.find(needs); err != nil || !found {
		return false, err
	}
	h.purses, h.devices = maps.Clone(h.rows.Purses), maps.Clone(h.rows.Devices)
	decide(h.rows)
	if !h.plain() {
		return false, nil
	}
	h.save()
	return true, nil
}

// hopeful reports whether a batch has nothing but charges of new orders by offline codes.
func hopeful(needs []payment.Need) bool {
	for _, n := range needs {
		if !n.Fresh || n.Code.Form == 0 || n.Code.Form == paycode.FormOnline {
			return false
		}
	}
	return true
}

// find loads what the codes name. It reports false when there is more to look
// at: an alias that nobody has or that was guessed at, a payer who must be asked.
func (h hoping) find(needs []payment.Need) (plain bool, err error) {
	aliases := keySet[paycode.Alias]{}
	for _, n := range needs {
		aliases[n.Code.Alias] = true
	}
	guessed := false
	keys := aliases.in(cmp.Compare, func(a paycode.Alias) []any { return []any{int64(a)} })
	h.tx.Find(findByCode, h.bucket, keys, func(scan func(...any) error) error {
		var alias paycode.Alias
		var once bool
		var d payment.Device
		var bits int64
		var p payment.Payer
		var purse payment.Purse
		err := scan(&alias, &once, &d.ID, &d.Payer, &d.Status, &d.Newest.Generation, &d.Newest.KeyID,
			&d.Held.Generation, &d.Held.KeyID, (*stamp)(&d.RotatedAt), &d.Alias, &d.AliasHeld, (*stamp)(&d.SyncedAt), &d.Burned.Base, &bits,
			&p.Name, &p.Currency, &p.Limits.PerPayment, &p.Limits.PerDay, &p.Limits.CountPerDay, &p.Limits.ConfirmAbove,
			&purse.Balance.Minor, &purse.Day, &purse.DaySpent, &purse.DayCount)
		d.Burned.Bits = uint64(bits)
		p.ID, purse.Payer, purse.Balance.Currency = d.Payer, d.Payer, p.Currency
		h.rows.Aliases[alias], h.rows.Devices[d.ID], h.rows.Payers[p.ID], h.rows.Purses[p.ID] = d.ID, d, p, purse
		guessed = guessed || once
		return err
	})
	if err := h.tx.Flush(); err != nil || guessed || len(h.rows.Aliases) < len(aliases) {
		return false, err
	}
	for _, n := range needs {
		payer := h.rows.Devices[h.rows.Aliases[n.Code.Alias]].Payer
		if n.Minor > h.rows.Payers[payer].Limits.ConfirmAbove {
			return false, nil
		}
	}
	return true, nil
}

// plain reports whether the batch changes purses and burn maps, adds records,
// and does nothing else.
func (h hoping) plain() bool {
	c := h.rows.Changes
	for _, id := range c.Devices.Keys {
		if d := h.rows.Devices[id]; d.Shown != 0 || d.Held != h.devices[id].Held {
			return false
		}
	}
	return len(c.Wrong.Keys) == 0
}

// save writes what was decided on what was found, or nothing. Purses and
// devices are changed in the order of the payers and of the ids, as locks are taken.
func (h hoping) save() {
	s := saving{h.tx, h.bucket, h.rows}
	var purses, slots [][]any
	for _, id := range sorted(h.rows.Changes.Purses.Marked) {
		was, p := h.purses[id], h.rows.Purses[id]
		purses = append(purses, []any{int(ledger.PayerBalance), p.Payer[:], string(p.Balance.Currency), was.Balance.Minor, was.Day, was.DaySpent, was.DayCount,
			p.Balance.Minor, p.Day, p.DaySpent, p.DayCount})
	}
	for _, id := range sorted(h.rows.Changes.Devices.Marked) {
		was, d := h.devices[id], h.rows.Devices[id]
		slots = append(slots, []any{d.ID[:], string(was.Status), int64(was.Burned.Base), int64(was.Burned.Bits), int64(d.Burned.Base), int64(d.Burned.Bits)})
	}
	s.each(spendPurses, purses)
	s.each(spendSlots, slots)
	s.payments()
	s.postings()
	s.events()
}
