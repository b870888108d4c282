// Command control is Tailscale's own in-memory control server as one process: control, DERP and STUN at one address,
// and a unix socket through which the lab stages what a real tailnet's admin would do.
//
//	control -listen 10.77.0.3:9911 -domain ctl.test -admin /path/admin.sock
//
// Admin requests: GET /nodes · POST /ssh-policy (tailcfg.SSHPolicy) · POST /capmap?node=NAME (tailcfg.NodeCapMap) ·
// POST /expiry?node=NAME (RFC 3339 time; empty: never) · POST /online?node=NAME (true or false).
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	"tailscale.com/derp/derpserver"
	"tailscale.com/net/stunserver"
	"tailscale.com/tailcfg"
	"tailscale.com/tstest/integration/testcontrol"
	"tailscale.com/types/dnstype"
	"tailscale.com/types/key"
	"tailscale.com/types/logger"
)

const stunPort = 3478

func main() {
	listen := flag.String("listen", "", "IP:PORT of control and DERP")
	domain := flag.String("domain", "", "MagicDNS suffix")
	admin := flag.String("admin", "", "path of the admin socket")
	flag.Parse()
	host, port, err := net.SplitHostPort(*listen)
	if err != nil {
		log.Fatal(err)
	}
	portNumber, err := strconv.Atoi(port)
	if err != nil {
		log.Fatal(err)
	}

	control := newControl(host, portNumber, *domain)
	derp := derpserver.New(key.NewNode(), logger.Discard)
	public := http.NewServeMux()
	public.Handle("/derp", derpserver.Handler(derp))
	public.HandleFunc("/derp/probe", derpserver.ProbeHandler)
	public.Handle("/", control)

	stun := stunserver.New(context.Background())
	go func() { log.Fatal(stun.ListenAndServe(net.JoinHostPort(host, strconv.Itoa(stunPort)))) }()
	go func() { log.Fatal(http.ListenAndServe(*listen, public)) }()

	os.Remove(*admin)
	socket, err := net.Listen("unix", *admin)
	if err != nil {
		log.Fatal(err)
	}
	log.Fatal(http.Serve(socket, adminMux(control)))
}

func newControl(host string, port int, domain string) *testcontrol.Server {
	return &testcontrol.Server{
		Logf:             logger.Discard,
		ExplicitBaseURL:  fmt.Sprintf("http://%s:%d", host, port),
		MagicDNSDomain:   domain,
		DNSConfig:        &tailcfg.DNSConfig{Proxied: true, Domains: []string{domain}, Routes: map[string][]*dnstype.Resolver{domain: nil}},
		AllOnline:        true,
		AllNodesSameUser: true,
		TagOwners:        map[string][]string{},
		SSHPolicy: &tailcfg.SSHPolicy{Rules: []*tailcfg.SSHRule{{
			Principals: []*tailcfg.SSHPrincipal{{Any: true}},
			SSHUsers:   map[string]string{"*": "=", "root": "root"},
			Action:     &tailcfg.SSHAction{Accept: true},
		}}},
		DERPMap: &tailcfg.DERPMap{Regions: map[int]*tailcfg.DERPRegion{999: {
			RegionID:   999,
			RegionCode: "lab",
			Nodes: []*tailcfg.DERPNode{{
				Name: "999a", RegionID: 999, HostName: host, IPv4: host, IPv6: "none", STUNPort: stunPort, DERPPort: port,
			}},
		}}},
	}
}

func adminMux(control *testcontrol.Server) *http.ServeMux {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /nodes", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(control.AllNodes())
	})
	mux.HandleFunc("POST /ssh-policy", func(w http.ResponseWriter, r *http.Request) {
		var policy tailcfg.SSHPolicy
		if decode(w, r, &policy) {
			control.SetSSHPolicy(&policy)
		}
	})
	mux.HandleFunc("POST /capmap", func(w http.ResponseWriter, r *http.Request) {
		var caps tailcfg.NodeCapMap
		if node := find(w, r, control); node != nil && decode(w, r, &caps) {
			control.SetNodeCapMap(node.Key, caps)
		}
	})
	mux.HandleFunc("POST /expiry", func(w http.ResponseWriter, r *http.Request) {
		node := find(w, r, control)
		if node == nil {
			return
		}
		text, _ := io.ReadAll(r.Body)
		var expiry time.Time
		if len(text) > 0 {
			var err error
			if expiry, err = time.Parse(time.RFC3339, string(text)); err != nil {
				http.Error(w, err.Error(), http.StatusBadRequest)
				return
			}
		}
		node.KeyExpiry = expiry
		// The server's clock stands in 2020, so clients never find out by themselves.
		node.Expired = !expiry.IsZero() && expiry.Before(time.Now())
		control.UpdateNode(node)
	})
	mux.HandleFunc("POST /online", func(w http.ResponseWriter, r *http.Request) {
		var online bool
		if node := find(w, r, control); node != nil && decode(w, r, &online) {
			setOnline(control, node, online)
		}
	})
	return mux
}

// setOnline says of one node whether it is there. The server does not watch its nodes: with AllOnline it calls all of them
// online, without it each is what was last said.
func setOnline(control *testcontrol.Server, changed *tailcfg.Node, online bool) {
	for _, node := range control.AllNodes() {
		if node.Online == nil || node.ID == changed.ID {
			said := online || node.ID != changed.ID
			node.Online = &said
			control.UpdateNode(node)
		}
	}
	control.AllOnline = false
}

func decode(w http.ResponseWriter, r *http.Request, into any) bool {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return false
	}
	return true
}

// find returns the node whose first label is ?node=NAME, or answers 404.
func find(w http.ResponseWriter, r *http.Request, control *testcontrol.Server) *tailcfg.Node {
	name := r.URL.Query().Get("node")
	for _, node := range control.AllNodes() {
		if first, _, _ := strings.Cut(node.Name, "."); first == name {
			return node
		}
	}
	http.Error(w, "no node "+name, http.StatusNotFound)
	return nil
}
