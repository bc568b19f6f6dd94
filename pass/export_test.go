package pass

// Remembered is how many passes the verifier holds.
func (v *Verifier) Remembered() int { return len(v.memory.young) + len(v.memory.old) }

// Forget makes the verifier cold, with its room for passes still there.
func (v *Verifier) Forget() { clear(v.memory.young); clear(v.memory.old) }
