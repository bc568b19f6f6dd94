package api

import (
	"context"
	"sync"
)

// maxNames bounds the memory for names.
const maxNames = 1 << 16

// names remembers what payers and merchants are called: a name is given once
// and never changes. When too many are remembered it forgets all of them.
type names[ID comparable] struct {
	load  func(context.Context, ID) (string, error)
	mu    sync.RWMutex
	known map[ID]string
}

// of is the name of id.
func (n *names[ID]) of(ctx context.Context, id ID) (string, error) {
	n.mu.RLock()
	name, ok := n.known[id]
	n.mu.RUnlock()
	if ok {
		return name, nil
	}
	name, err := n.load(ctx, id)
	if err != nil {
		return "", err
	}
	n.know(id, name)
	return name, nil
}

// know remembers a name.
func (n *names[ID]) know(id ID, name string) {
	n.mu.RLock()
	_, ok := n.known[id]
	n.mu.RUnlock()
	if ok {
		return
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.known == nil || len(n.known) >= maxNames {
		n.known = map[ID]string{}
	}
	n.known[id] = name
}
