// Command wire stands in for the cable between a host and the lab's switch and makes it longer: every frame is held
// for a fixed time, both ways. It takes the host's port out of the bridge, puts a TAP device there instead, and copies
// frames between the two. (The kernel's netem would do the same but is often not built in, and a TCP proxy is not on
// the way of WireGuard's packets.)
//
//	wire -port web1 -bridge lab -delay 20ms
//
// Runs inside the switch's network namespace; prints "ready" when frames flow; the TAP device goes with the process.
package main

import (
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/exec"
	"time"

	"golang.org/x/sys/unix"
)

// maxFrame is a 64 KiB segment-offload frame with its virtio-net header.
const maxFrame = 65536 + 256

func main() {
	port := flag.String("port", "", "the host's interface in this namespace")
	bridge := flag.String("bridge", "", "the bridge it belongs to")
	delay := flag.Duration("delay", 0, "how long every frame is held, each way")
	flag.Parse()

	tapName := *port + ".w"
	tap, err := openTap(tapName)
	if err != nil {
		log.Fatalf("tap: %v", err)
	}
	cable, err := openPort(*port)
	if err != nil {
		log.Fatalf("port %s: %v", *port, err)
	}
	run("ip", "link", "set", *port, "nomaster")
	run("ip", "link", "set", tapName, "master", *bridge, "up")
	go hold(cable, tap, *delay)
	go hold(tap, cable, *delay)
	fmt.Println("ready")
	select {}
}

func run(argv ...string) {
	if out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput(); err != nil {
		log.Fatalf("%v: %v: %s", argv, err, out)
	}
}

// Both ends speak virtio-net headers, so checksum and segmentation offloads pass through unchanged.

func openTap(name string) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	request, err := unix.NewIfreq(name)
	if err != nil {
		return nil, err
	}
	request.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI | unix.IFF_VNET_HDR)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, request); err != nil {
		return nil, err
	}
	if err := unix.IoctlSetInt(fd, unix.TUNSETOFFLOAD, unix.TUN_F_CSUM|unix.TUN_F_TSO4|unix.TUN_F_TSO6); err != nil {
		return nil, err
	}
	return pollable(fd, name)
}

func openPort(name string) (*os.File, error) {
	link, err := net.InterfaceByName(name)
	if err != nil {
		return nil, err
	}
	const everything = unix.ETH_P_ALL<<8&0xff00 | unix.ETH_P_ALL>>8
	fd, err := unix.Socket(unix.AF_PACKET, unix.SOCK_RAW|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	for _, option := range []int{unix.PACKET_VNET_HDR, unix.PACKET_IGNORE_OUTGOING} {
		if err := unix.SetsockoptInt(fd, unix.SOL_PACKET, option, 1); err != nil {
			return nil, err
		}
	}
	promiscuous := &unix.PacketMreq{Ifindex: int32(link.Index), Type: unix.PACKET_MR_PROMISC}
	if err := unix.SetsockoptPacketMreq(fd, unix.SOL_PACKET, unix.PACKET_ADD_MEMBERSHIP, promiscuous); err != nil {
		return nil, err
	}
	if err := unix.Bind(fd, &unix.SockaddrLinklayer{Protocol: everything, Ifindex: link.Index}); err != nil {
		return nil, err
	}
	return pollable(fd, name)
}

func pollable(fd int, name string) (*os.File, error) {
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

type frame struct {
	due   time.Time
	bytes []byte
}

// hold copies frames in order, each no earlier than delay after it came in. A full queue drops frames, as a switch does.
func hold(from, to *os.File, delay time.Duration) {
	queue := make(chan frame, 8192)
	go func() {
		for next := range queue {
			time.Sleep(time.Until(next.due))
			to.Write(next.bytes) // a frame the other side refuses is a lost frame
		}
	}()
	buffer := make([]byte, maxFrame)
	for {
		n, err := from.Read(buffer)
		if err != nil {
			log.Fatalf("%s: %v", from.Name(), err)
		}
		select {
		case queue <- frame{time.Now().Add(delay), append([]byte(nil), buffer[:n]...)}:
		default:
		}
	}
}
