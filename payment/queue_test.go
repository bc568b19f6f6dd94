package payment

import (
	"context"
	"errors"
	"sync"
	"testing"
)

func TestQueueDecidesWhatWaitsAndNoMore(t *testing.T) {
	var mu sync.Mutex
	ran := map[int]bool{}
	q := newQueue(func(batch []int) {
		mu.Lock()
		defer mu.Unlock()
		for _, j := range batch {
			ran[j] = true
		}
	})
	var wg sync.WaitGroup
	for i := range 500 {
		wg.Go(func() {
			if err := q.do(t.Context(), i); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	q.close()
	if err := q.do(t.Context(), 500); !errors.Is(err, errStopped) {
		t.Errorf("after the end: %v", err)
	}
	if len(ran) != 500 || ran[500] {
		t.Errorf("%d of 500 ran", len(ran))
	}
}

func TestCallerWhoGivesUpIsDecidedAllTheSame(t *testing.T) {
	block, ran := make(chan struct{}), make(chan int, 2)
	q := newQueue(func(batch []int) {
		<-block
		for _, j := range batch {
			ran <- j
		}
	})
	ctx, cancel := context.WithCancel(t.Context())
	gone := make(chan error)
	go func() { gone <- q.do(ctx, 7) }()
	cancel()
	if err := <-gone; !errors.Is(err, context.Canceled) {
		t.Fatal(err)
	}
	close(block)
	q.close()
	select {
	case j := <-ran:
		if j != 7 {
			t.Errorf("ran %d", j)
		}
	default: // it had given up before its job was in the queue: then nothing was begun
	}
}

// TestOverloadClaimsNothing: a charge that is refused because too much waits has
// not touched its order number. The processor has no queue of claims here.
func TestOverloadClaimsNothing(t *testing.T) {
	full := &queue[*deciding]{jobs: make(chan job[*deciding], 1)}
	full.jobs <- job[*deciding]{}
	p := &Processor{Config: Config{Profile: profile, Buckets: 1}, buckets: []*queue[*deciding]{full}}
	if _, _, err := p.Charge(t.Context(), Request{Merchant: shop, OrderNo: "1", Amount: cny(1), Code: "701234567893326376"}); !errors.Is(err, ErrOverloaded) {
		t.Errorf("charge: %v", err)
	}
	if _, err := p.run(t.Context(), Expire{}); !errors.Is(err, ErrOverloaded) {
		t.Errorf("another command: %v", err)
	}
}
