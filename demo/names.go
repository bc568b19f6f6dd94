package demo

import (
	"fmt"
	"net"
	"os"
	"slices"
	"strings"
)

// names is what this machine goes by in its network.
type names struct {
	hosts     []string
	addresses []net.IP // those of the network first, then loopback
}

// virtual begins the names of interfaces that no phone is connected to.
var virtual = []string{"docker", "br-", "veth", "virbr", "vmnet", "vboxnet", "utun", "tun", "tailscale", "wg"}

// findNames looks at the interfaces of this machine. It asks nobody else.
func findNames() (n names, err error) {
	interfaces, err := net.Interfaces()
	if err != nil {
		return n, fmt.Errorf("demo: %w", err)
	}
	var behind []net.IP
	for _, i := range interfaces {
		if i.Flags&net.FlagUp == 0 {
			continue
		}
		addresses, err := i.Addrs()
		if err != nil {
			continue // it went away
		}
		for _, a := range addresses {
			ip, ok := a.(*net.IPNet)
			if !ok || !ip.IP.IsPrivate() {
				continue
			}
			isVirtual := slices.ContainsFunc(virtual, func(prefix string) bool { return strings.HasPrefix(i.Name, prefix) })
			if isVirtual || ip.IP.To4() == nil {
				behind = append(behind, ip.IP)
			} else {
				n.addresses = append(n.addresses, ip.IP)
			}
		}
	}
	n.addresses = append(append(n.addresses, behind...), net.IPv4(127, 0, 0, 1), net.IPv6loopback)
	n.hosts = []string{"localhost"}
	if host, err := os.Hostname(); err == nil && host != "" && host != "localhost" {
		host = strings.ToLower(host)
		n.hosts = append(n.hosts, host)
		if !strings.HasSuffix(host, ".local") {
			n.hosts = append(n.hosts, strings.SplitN(host, ".", 2)[0]+".local")
		}
	}
	return n, nil
}

// best is the address that a phone in the same network most likely reaches.
func (n names) best() string { return n.addresses[0].String() }

// has says whether host, a name or an address, is one of this machine's.
func (n names) has(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return slices.ContainsFunc(n.addresses, ip.Equal)
	}
	return slices.Contains(n.hosts, strings.ToLower(host))
}
