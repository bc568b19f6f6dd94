package payment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

var background = context.Background()

// bureau is lanes whose store is a function, and a record of its batches.
type bureau struct {
	*testing.T
	*lanes
	store func(ctx context.Context, lane int) error

	mu      sync.Mutex
	batches [][]string // the names of their jobs, in the order in which they began
	atOnce  int
	most    int
}

func open(t *testing.T, lanes, places int, store func(ctx context.Context, lane int) error) *bureau {
	b := &bureau{T: t, store: store}
	b.lanes = newLanes(RealClock(time.Now), lanes, places, b.serve)
	t.Cleanup(b.close)
	return b
}

func (b *bureau) serve(ctx context.Context, lane int, batch []job) error {
	var names []string
	for _, j := range batch {
		names = append(names, j.(*claiming).want.OrderNo)
	}
	b.mu.Lock()
	b.batches = append(b.batches, names)
	b.atOnce++
	b.most = max(b.most, b.atOnce)
	b.mu.Unlock()
	err := b.store(ctx, lane)
	b.mu.Lock()
	b.atOnce--
	b.mu.Unlock()
	return err
}

// ask has a job done and returns its answer.
func (b *bureau) ask(lane int, name string) error {
	c := &claiming{ticket: newTicket(), want: Claim{OrderNo: name}}
	if err := b.do(background, lane, c); err != nil {
		return err
	}
	return c.err
}

// asks has n jobs wait in a lane.
func (b *bureau) asks(lane, n int, name string) {
	for i := range n {
		go b.ask(lane, fmt.Sprint(name, i))
	}
	synctest.Wait()
}

// order is the first letter of each batch.
func (b *bureau) order() (letters string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, names := range b.batches {
		letters += names[0][:1]
	}
	return letters
}

// takes is a store that takes so long.
func takes(d time.Duration) func(context.Context, int) error {
	return func(context.Context, int) error { time.Sleep(d); return nil }
}

// hangs is a store that answers quickly, except for lanes that are dead: those
// answer when they are given up.
func hangs(dead func(lane int) bool) func(context.Context, int) error {
	return func(ctx context.Context, lane int) error {
		if !dead(lane) {
			time.Sleep(time.Millisecond)
			return nil
		}
		<-ctx.Done()
		return fmt.Errorf("%w: %w", ErrUnknownOutcome, ctx.Err())
	}
}

func TestEveryJobRunsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 7, 3, takes(time.Millisecond))
		var wg sync.WaitGroup
		for i := range 5000 {
			wg.Go(func() {
				if err := b.ask(i%7, fmt.Sprint(i)); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		ran := slices.Concat(b.batches...)
		slices.Sort(ran)
		if len(ran) != 5000 || len(slices.Compact(ran)) != 5000 {
			t.Errorf("%d of 5000 ran", len(ran))
		}
		for _, batch := range b.batches {
			if len(batch) > maxBatch {
				t.Errorf("a batch of %d", len(batch))
			}
		}
		if b.most != 3 {
			t.Errorf("%d batches at once, want 3", b.most)
		}
	})
}

func TestFullestLaneFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 4, 1, takes(time.Millisecond))
		b.asks(0, 1, "a") // takes the only place
		b.asks(1, 3, "b")
		b.asks(2, 9, "c")
		b.asks(3, 6, "d")
		b.asks(0, 1, "a")
		b.close()
		if got := b.order(); got != "acdba" {
			t.Errorf("ran %s, want acdba", got)
		}
	})
}

// TestNobodyStarves: one job in its lane is not put off by another lane that is
// always fuller.
func TestNobodyStarves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 3, 1, takes(10*time.Millisecond))
		end := time.Now().Add(time.Second)
		for i := range 20 {
			go func() {
				for time.Now().Before(end) {
					b.ask(i%2, "full")
				}
			}()
		}
		for time.Now().Before(end) {
			began := time.Now()
			b.ask(2, "lonely")
			if took := time.Since(began); took > starving+30*time.Millisecond {
				t.Errorf("waited for %v", took)
			}
		}
	})
}

// TestSlowBatchHoldsUpNobody: with one place only, a slow batch gives it to
// other lanes, and to what has come into its own.
func TestSlowBatchHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := make(chan struct{})
		var first atomic.Bool
		b := open(t, 2, 1, func(context.Context, int) error {
			if first.CompareAndSwap(false, true) {
				<-slow
			}
			return nil
		})
		b.asks(0, 1, "slow")
		began := time.Now()
		var wg sync.WaitGroup
		for _, lane := range []int{0, 1} {
			wg.Go(func() { b.ask(lane, "meanwhile") })
		}
		wg.Wait()
		if took := time.Since(began); took < slowAfter || took > slowAfter+lookEvery {
			t.Errorf("others waited for %v, want %v", took, slowAfter)
		}
		close(slow)
		synctest.Wait()
		b.asks(0, 3, "after")
		if l := b.Load(); l != (Load{Limit: l.Limit}) || b.running != 0 {
			t.Errorf("%+v, %d places taken, after all is done", l, b.running)
		}
	})
}

// TestDeadShard: half of the lanes do not answer any more. The others go on,
// and what comes for the dead ones is soon refused at once, until they are back.
func TestDeadShard(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lanes = 32
		var back atomic.Bool
		b := open(t, lanes, 4, hangs(func(lane int) bool { return lane%2 == 0 && !back.Load() }))
		var mu sync.Mutex
		var served, refused [lanes]int
		var worst time.Duration
		run := func(d time.Duration) {
			for end := time.Now().Add(d); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
				for lane := range lanes {
					if b.admit(lane) != nil {
						refused[lane]++
						continue
					}
					go func() {
						began := time.Now()
						err := b.ask(lane, "x")
						mu.Lock()
						defer mu.Unlock()
						if err == nil && lane%2 == 1 {
							worst = max(worst, time.Since(began))
						}
						if err == nil {
							served[lane]++
						}
					}()
				}
			}
		}
		run(5 * time.Second)
		mu.Lock()
		served, refused, worst = [lanes]int{}, [lanes]int{}, 0
		mu.Unlock()
		run(5 * time.Second)
		mu.Lock()
		for lane := range lanes {
			switch alive := lane%2 == 1; {
			case alive && (served[lane] < 498 || refused[lane] > 0):
				t.Errorf("lane %d answers, and %d were served, %d refused", lane, served[lane], refused[lane])
			case !alive && (served[lane] > 0 || refused[lane] < 475):
				t.Errorf("lane %d is dead, and %d were served, %d refused", lane, served[lane], refused[lane])
			}
		}
		if worst > 100*time.Millisecond {
			t.Errorf("beside dead lanes somebody waited for %v", worst)
		}
		mu.Unlock()
		back.Store(true)
		time.Sleep(attempt + longRest)
		for lane := range lanes {
			if err := b.ask(lane, "again"); err != nil {
				t.Error(err)
			}
		}
		if l := b.Load(); l.Suspect != 0 || l.Waiting != 0 {
			t.Errorf("after they are back: %+v", l)
		}
	})
}

// TestTriedAgain: what the store could not do, or may have done, is tried again
// for as long as it makes sense, and anything else is not.
func TestTriedAgain(t *testing.T) {
	errBroken := errors.New("broken")
	for name, c := range map[string]struct {
		err   error
		fails int
		want  error
		tries int
	}{
		"unknown, then well":     {ErrUnknownOutcome, 2, nil, 3},
		"unavailable, then well": {fmt.Errorf("x: %w", ErrUnavailable), 5, nil, 6},
		"unknown for ever":       {ErrUnknownOutcome, 1000, ErrUnknownOutcome, 20},
		"broken":                 {errBroken, 1, errBroken, 1},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tries := 0
				b := open(t, 1, 2, func(context.Context, int) error {
					if tries++; tries <= c.fails {
						return c.err
					}
					return nil
				})
				began := time.Now()
				if err := b.ask(0, "x"); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
					t.Errorf("%v, want %v", err, c.want)
				}
				if took := time.Since(began); tries != c.tries || took > patience+longRest {
					t.Errorf("%d tries in %v, want %d", tries, took, c.tries)
				}
			})
		})
	}
}

// TestHangingStore: a store that never answers is cut off, and the caller is
// told that nothing is known.
func TestHangingStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 1, 1, func(ctx context.Context, _ int) error {
			<-ctx.Done()
			return fmt.Errorf("%w: %w", ErrUnknownOutcome, ctx.Err())
		})
		began := time.Now()
		if err := b.ask(0, "x"); !errors.Is(err, ErrUnknownOutcome) {
			t.Errorf("%v", err)
		}
		if took := time.Since(began); took > patience+attempt+longRest {
			t.Errorf("gave up after %v", took)
		}
	})
}

func TestCallerWhoGivesUpIsDecidedAllTheSame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := open(t, 1, 1, takes(10*time.Millisecond))
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		b.asks(0, 1, "other")
		if err := b.do(ctx, 0, &claiming{ticket: newTicket(), want: Claim{OrderNo: "gone"}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Fatal(err)
		}
		b.close()
		if !slices.Equal(slices.Concat(b.batches...), []string{"other0", "gone"}) {
			t.Errorf("ran %v", b.batches)
		}
	})
}

// TestClose decides what waits and refuses what comes later, even when the
// store fails: then what waits is given up, for the next start to find.
func TestClose(t *testing.T) {
	for name, broken := range map[string]error{"well": nil, "away": ErrUnavailable} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := open(t, 2, 1, func(context.Context, int) error { time.Sleep(time.Millisecond); return broken })
				answers := make(chan error, 40)
				for i := range 40 {
					go func() { answers <- b.ask(i%2, "x") }()
				}
				synctest.Wait()
				b.close()
				for range 40 {
					if err := <-answers; !errors.Is(err, broken) {
						t.Errorf("answered %v, want %v", err, broken)
					}
				}
				if err := b.ask(0, "late"); !errors.Is(err, ErrUnavailable) {
					t.Errorf("after the end: %v", err)
				}
				if err := b.admit(0); !errors.Is(err, ErrUnavailable) {
					t.Errorf("admitted after the end: %v", err)
				}
			})
		})
	}
}

// TestOverload sends three times what the store can do, without waiting for
// answers: as much as it can do is done, in time, and the rest is refused.
func TestOverload(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const lanes, perSecond = 16, 30_000
		store := make(chan struct{}, 1) // does one batch at a time: about 10,000 jobs a second
		var b *bureau
		b = open(t, lanes, 4, func(context.Context, int) error {
			b.mu.Lock()
			n := len(b.batches[len(b.batches)-1])
			b.mu.Unlock()
			store <- struct{}{}
			defer func() { <-store }()
			time.Sleep(300*time.Microsecond + time.Duration(n)*70*time.Microsecond)
			return nil
		})
		var took []time.Duration
		var mu sync.Mutex
		refused := 0
		for i := range 3 * perSecond {
			if i%30 == 0 {
				time.Sleep(time.Second * 30 / perSecond)
			}
			if b.admit(i%lanes) != nil {
				refused++
				continue
			}
			go func() {
				began := time.Now()
				b.ask(i%lanes, "x")
				mu.Lock()
				defer mu.Unlock()
				took = append(took, time.Since(began))
			}()
		}
		b.close()
		synctest.Wait()
		slices.Sort(took)
		p99 := took[len(took)*99/100]
		t.Logf("%d served, %d refused, p99 %v, limit %d", len(took), refused, p99, b.Load().Limit)
		if len(took) < 3*8_000 || len(took)+refused != 3*perSecond {
			t.Errorf("%d served of about %d that were possible", len(took), 3*10_000)
		}
		if p99 > 50*time.Millisecond { // a charge has two jobs
			t.Errorf("p99 %v", p99)
		}
	})
}
