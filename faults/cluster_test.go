package faults_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// cluster is two PostgreSQL, of which Patroni has one lead, and an etcd in
// which they agree. Each node is a machine of its own as far as its processes
// go: it dies as a whole.
type cluster struct {
	*testing.T
	dir      string
	uid, gid int
	etcd     string // host:port
	nodes    []*node
}

// node is one PostgreSQL with its Patroni.
type node struct {
	*cluster
	Name, Postgres, API string // the latter two are host:port
	running             *child
}

// debian is what has to be installed.
const debian = "apt-get install --no-install-recommends postgresql patroni etcd-server util-linux"

// startCluster returns when the second node follows the first.
func startCluster(t *testing.T) *cluster {
	t.Helper()
	for _, program := range []string{"patroni", "etcd", "unshare", "setpriv"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: %s", err, debian)
		}
	}
	dir, err := os.MkdirTemp("", "paycode-cluster-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	c := &cluster{T: t, dir: dir, etcd: freeAddress(t)}
	c.uid, c.gid = unprivileged()
	if err := os.Chown(dir, c.uid, c.gid); err != nil {
		t.Fatal(err)
	}
	c.startEtcd()
	for _, name := range []string{"a", "b"} {
		n := &node{cluster: c, Name: name, Postgres: freeAddress(t), API: freeAddress(t)}
		c.nodes = append(c.nodes, n)
		n.configure()
		n.start()
	}
	c.awaitFollower()
	return c
}

// unprivileged is this user, or for root one as whom PostgreSQL agrees to run.
func unprivileged() (uid, gid int) {
	if os.Getuid() != 0 {
		return os.Getuid(), os.Getgid()
	}
	u, err := user.Lookup("postgres") // Debian's package makes him
	if err != nil {
		return 65534, 65534
	}
	uid, _ = strconv.Atoi(u.Uid)
	gid, _ = strconv.Atoi(u.Gid)
	return uid, gid
}

func (c *cluster) startEtcd() {
	c.Helper()
	peer, client := "http://"+freeAddress(c.T), "http://"+c.etcd
	cmd := exec.Command("etcd", "--name", "e", "--data-dir", filepath.Join(c.dir, "etcd"), "--unsafe-no-fsync",
		"--listen-client-urls", client, "--advertise-client-urls", client,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "e="+peer)
	cmd.Dir = c.dir
	if c.uid != os.Getuid() {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: uint32(c.uid), Gid: uint32(c.gid)}}
	}
	launch(c.T, filepath.Join(c.dir, "etcd.log"), cmd)
	for deadline := time.Now().Add(readyWithin); ; time.Sleep(pause) {
		if r, err := quick.Get(client + "/health"); err == nil {
			r.Body.Close()
			return
		}
		if time.Now().After(deadline) {
			c.Fatalf("etcd does not answer:\n%s", endOf(filepath.Join(c.dir, "etcd.log")))
		}
	}
}

func (n *node) yml() string { return filepath.Join(n.dir, n.Name+".yml") }
func (n *node) log() string { return filepath.Join(n.dir, n.Name+".log") }

// start runs Patroni as the first process of a namespace: what it starts ends
// with it, whatever parents those processes have by then.
func (n *node) start() {
	n.Helper()
	args := []string{"--pid", "--fork", "--kill-child", "--mount-proc"}
	if n.uid != os.Getuid() { // a change of user makes the kernel forget whom to die with
		args = append(args, "setpriv", "--reuid", strconv.Itoa(n.uid), "--regid", strconv.Itoa(n.gid), "--clear-groups", "--pdeathsig", "KILL")
	}
	cmd := exec.Command("unshare", append(args, "patroni", n.yml())...)
	cmd.Dir = n.dir
	n.running = launch(n.T, n.log(), cmd)
}

// url is where clients find whichever node leads.
func (c *cluster) url() string {
	var hosts []string
	for _, n := range c.nodes {
		hosts = append(hosts, n.Postgres)
	}
	return "postgres://postgres:loopback@" + strings.Join(hosts, ",") + "/postgres?sslmode=disable&target_session_attrs=read-write"
}

// roles asks every node who leads and who follows.
func (c *cluster) roles() map[string]*node {
	roles := map[string]*node{}
	for _, n := range c.nodes {
		r, err := quick.Get("http://" + n.API + "/cluster")
		if err != nil {
			continue
		}
		var is struct {
			Members []struct{ Name, Role, State string }
		}
		err = json.NewDecoder(r.Body).Decode(&is)
		r.Body.Close()
		if err != nil {
			continue
		}
		for _, m := range is.Members {
			for _, n := range c.nodes {
				if n.Name == m.Name && (m.State == "running" || m.State == "streaming") {
					roles[m.Role] = n
				}
			}
		}
	}
	return roles
}

// awaitFollower waits until nothing is acknowledged any more that is not on
// both nodes, and answers who leads.
func (c *cluster) awaitFollower() (leader *node) {
	c.Helper()
	for deadline := time.Now().Add(backWithin); ; time.Sleep(10 * pause) {
		if roles := c.roles(); roles["sync_standby"] != nil && roles["leader"] != nil {
			return roles["leader"]
		}
		if time.Now().After(deadline) {
			for _, n := range c.nodes {
				c.Logf("%s:\n%s", n.Name, endOf(n.log()))
			}
			c.Fatal("the second node does not follow")
		}
	}
}
