package clearing

import (
	"context"
	"time"
)

const (
	// lookThroughEvery is how often all passes are held against the list. Where every
	// event was heard only the first time finds something: on a database that had lost
	// phones before it had a list.
	lookThroughEvery = 24 * time.Hour
	sweepDenyEvery   = 10 * time.Minute
	passesAtOnce     = 2000
)

// Run holds, until ctx ends, all passes against the list once a day.
func (d *Denier) Run(ctx context.Context) {
	look := time.NewTicker(sweepDenyEvery)
	defer look.Stop()
	for {
		for bucket := range d.Buckets {
			if err := d.lookIfDue(ctx, bucket); err != nil && ctx.Err() == nil {
				d.Log.Error("the deny list could not be looked over", "bucket", bucket, "err", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-look.C:
		}
	}
}

func (d *Denier) lookIfDue(ctx context.Context, bucket int) error {
	_, at, err := d.Store.Turn(ctx, bucket)
	if err != nil || d.Now().Sub(at) < lookThroughEvery {
		return err
	}
	return d.LookThrough(ctx, bucket)
}

// LookThrough has the list say what is so of all passes of payers of a bucket,
// whatever it was told before.
func (d *Denier) LookThrough(ctx context.Context, bucket int) error {
	began, page := d.Now(), wrongOf{d: d, bucket: bucket}
	for !page.done {
		if err := d.look(ctx, bucket, page.find); err != nil {
			return err
		}
		if page.wrong > 0 {
			d.Log.Warn("the deny list was put right", "bucket", bucket, "passes", page.wrong)
		}
		page.behind = page.last
	}
	return d.Store.LookedThrough(ctx, bucket, began)
}

// wrongOf finds, of one page of a bucket's passes after the other, those of which
// the list says something else.
type wrongOf struct {
	d            *Denier
	bucket       int
	behind, last [8]byte // the page
	done         bool    // it is the last one
	wrong        int
}

func (w *wrongOf) find(ctx context.Context, now time.Time) (wrong []Held, err error) {
	held, err := w.d.Store.HeldBehind(ctx, w.bucket, w.behind, now, passesAtOnce)
	if err != nil {
		return nil, err
	}
	w.done, w.wrong = len(held) < passesAtOnce, 0
	if len(held) == 0 {
		return nil, nil
	}
	w.last = held[len(held)-1].Pass
	on, err := w.d.Store.OnList(ctx, w.behind, w.last)
	for _, h := range held {
		if h.Denied() != on[h.Pass] {
			wrong = append(wrong, h)
		}
	}
	w.wrong = len(wrong)
	return wrong, err
}
