package payment

import "time"

// written reports whether what a command's last try came to is what the rows
// hold now. The outcome of that try was not known: it was committed, and the
// command is answered as it was decided then, and nothing is written twice.
func written(s State, tried Effects) bool {
	switch {
	case !tried.Changed:
		return false
	case tried.Refund != nil:
		return s.Refund != nil && s.Refund.ID == tried.Refund.ID
	case tried.Credit != nil:
		return s.Credit != nil && s.Credit.ID == tried.Credit.ID
	}
	return s.Payment != nil && samePayment(*s.Payment, *tried.Payment)
}

// samePayment compares two copies of a payment, one of which may have been
// stored: their times are the same and may be of different zones.
func samePayment(a, b Payment) bool {
	times := a.CreatedAt.Equal(b.CreatedAt) && a.SettledAt.Equal(b.SettledAt) && a.ExpiresAt.Equal(b.ExpiresAt)
	a.CreatedAt, a.SettledAt, a.ExpiresAt = time.Time{}, time.Time{}, time.Time{}
	b.CreatedAt, b.SettledAt, b.ExpiresAt = time.Time{}, time.Time{}, time.Time{}
	return times && a == b
}
