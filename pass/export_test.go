package pass

// Remembered is how many passes the verifier holds.
func (v *Verifier) Remembered() int { return len(v.memory.young) + len(v.memory.old) }
