/** Code → what it means, what usually causes it, what to do: two or three sentences each, in the order of the stages. */
export const EXPLANATIONS: Readonly<Record<string, string>> = {
  // What was asked for
  usage: 'The command line could not be understood. `ops help`, or the command with --help, shows what it takes.',
  'app-unknown': 'ops.yaml has no app of this name. The message lists those that it has.',
  'app-missing': 'ops.yaml has several apps, so the command must name one. The message lists them.',
  'host-undeclared':
    'ops.yaml has no host of this name under `hosts`. The message lists those that it has; a node of the tailnet becomes a host by being written there.',
  'host-not-of-app':
    'The app is not deployed to this host. Add the host to the `hosts` of the app, or name one of those that it has.',
  'code-unknown':
    'No check and no error of this version has this code. Codes stand in brackets behind an error or a host that is not ready, and in every --json document; `ops explain` lists them.',

  // This machine
  'ssh-missing':
    'Everything ops does on a host goes through the system’s OpenSSH client, and there is none here. Install the package openssh-client (Debian, Ubuntu) or openssh (others).',
  'ssh-old':
    'ops switches off every way in which ssh could learn a host key by itself, and older clients do not know all of these options. Install a newer OpenSSH client.',
  'rsync-missing': 'Releases are uploaded as a difference with rsync, which is not installed here. Install the package rsync.',
  'rsync-old':
    'The rsync here does not know options that the upload needs (--info, --no-inc-recursive). Install rsync 3.1 or newer.',
  'rsync-open':
    'macOS ships openrsync under the name rsync; it lacks options that the upload needs. Install the real one with `brew install rsync` and make sure that it comes first on PATH.',
  'keyscan-missing':
    'Host keys are read with ssh-keyscan, a part of the OpenSSH client that is not installed here. Install the package openssh-client.',
  'control-path':
    'ssh shares one connection through a socket, and the path of that socket is limited to about 100 bytes. Set TMPDIR or XDG_RUNTIME_DIR to a folder with a shorter path.',
  'control-dir':
    'ops keeps the ssh socket and the host keys of a run in a folder that only you may enter, and could not make one. Set TMPDIR to a writable folder with a short path.',

  // The tailnet, as this machine has it
  'tailscale-missing':
    'ops reaches hosts over the tailnet only and asks the tailscale program who is where; it was not found. Install Tailscale, or name the program in OPS_TAILSCALE. On macOS the program inside the app is found by itself.',
  'daemon-down':
    'The tailscale program is here, but its daemon does not run. Start it: `sudo systemctl start tailscaled` on Linux, the Tailscale app on macOS.',
  'daemon-silent':
    'tailscaled runs but gave no answer within its deadline. It may hang on a full disk or a dead network; restart it.',
  'daemon-denied':
    'tailscaled answers to root and its operator only, and you are neither. Make yourself the operator once: `sudo tailscale set --operator=$USER`.',
  'tailnet-stopped': 'Tailscale is installed and logged in, but switched off. `tailscale up` connects it again.',
  'tailnet-logged-out':
    'This machine has no valid login to its tailnet: it was logged out, or its node key expired. `tailscale up` shows a login page; in CI, join with an auth key or OAuth client first.',
  'tailnet-approval':
    'The tailnet admits devices only after an admin approved them, and nobody has approved this machine yet. Approve it on the Machines page of the admin console.',
  'tailnet-other-user':
    'On Windows one user at a time owns the connection, and it is another one now. Log that user out, or run ops as that user.',
  'tailnet-starting': 'tailscaled has just started and is not connected yet. Wait for it: `tailscale wait --timeout=30s`.',
  'tailnet-not-running':
    'tailscaled is in a state that ops does not know, so it is not taken for connected. `tailscale status` says more.',
  'tailnet-mismatch':
    'ops.yaml pins one tailnet, and this machine is connected to another: names and addresses there mean other machines. Switch with `tailscale switch`, or correct `tailnet:` in ops.yaml.',
  'self-offline':
    'This machine lost its connection to the control server, so what it knows of other nodes is old. Open tunnels go on working without it, so this only warns. Check the network here with `tailscale netcheck`.',

  // The host, as the tailnet has it
  'peer-unknown':
    'No node with this name is visible from here. Either the name is wrong, the node never joined or was removed, or an access rule hides it: nodes that a policy gives you no way to are not shown at all. Compare `tailscale status` here with the Machines page of the admin console.',
  'peer-ambiguous':
    'Several nodes could be meant, so none is chosen. Write the full MagicDNS name in ops.yaml, or remove the stale node in the admin console.',
  'peer-no-address':
    'The node is known, but the control server has given it no address yet. It has usually just joined: try again in a moment.',
  'peer-offline':
    'The control server says that the host is not connected to the tailnet. It is off, has no network, or tailscaled does not run on it. Look at it by another way in: console, LAN, or `--via ADDRESS`.',
  'peer-expired':
    'The host’s node key has expired, so no node accepts traffic from it any more. Log it in again on the host, or disable key expiry for it in the admin console (usual for servers, implied by tags).',
  'peer-expiring':
    'The host’s node key expires soon; from then on it is unreachable over the tailnet. Renew it before, or disable key expiry for servers in the admin console.',

  // The way there
  'path-relayed':
    'Packets to this host go through a relay because no direct way was found between the two networks. Everything works, but slower. UDP 41641 open on either side usually helps; `tailscale netcheck` says what the network here allows.',
  'path-no-reply':
    'The host did not answer a ping inside the tailnet. The control server may still think that it is online (it has just died or gone to sleep), or a firewall drops UDP and the relay at once.',
  'path-expired': 'The host refused the ping because its node key has expired. Log it in again on the host.',
  'path-unknown-peer':
    'tailscaled knows no node with this address any more. The host may have left the tailnet a moment ago: try again.',
  'path-failed': 'The ping inside the tailnet could not be made. The message is tailscaled’s own.',
  'ssh-timeout':
    'The ssh port took no connection within the time allowed. When the ping works, an access rule of the tailnet or a firewall on the host drops TCP to this port.',
  'ssh-refused':
    'The host answers, but nothing listens on the ssh port. sshd may be down, or listen on another port or address: check `port` in ops.yaml.',
  'ssh-reset':
    'The host took the connection and dropped it at once. sshd may be overloaded (MaxStartups), or refuse this address.',
  'ssh-unreachable': 'No way leads to the host’s ssh port from here. The message is the system’s own.',
  'ssh-banner': 'Something listens on this port, but it does not greet like an ssh server. Check `port` of the host in ops.yaml.',
  'not-our-address':
    'A connection to the host would leave from an address that is not this machine’s tailnet address. Then the route to 100.x leads somewhere else, such as a provider’s own network, and whatever answers there is not trusted. Another VPN or a route for 100.64.0.0/10 is the usual cause.',

  // Who it is
  'pin-missing':
    'ops never trusts a host key on first sight. `ops hosts pin HOST` reads the host’s keys over the tailnet, shows them, and writes them to ops.pins, which is committed beside ops.yaml.',
  'pin-changed':
    'The host is not the one that was pinned: its node, its name, its machine or its keys differ. A reinstalled or replaced host looks like this, and so does an impostor. Find out which; `ops hosts pin HOST --replace` accepts the change.',
  'pins-damaged':
    'ops.pins could not be understood, and a damaged pin is never read as no pin. The message names each place; the last good version is in version control.',
  'pins-unreadable': 'ops.pins exists but could not be read. Check its permissions and that it is a small text file.',
  'pins-unwritable': 'ops.pins could not be written beside ops.yaml. Check the permissions of that folder.',
  'keys-unproved':
    'Without a TUN device the connection is carried by tailscaled, and a key scan cannot prove where its answer came from. Pin the host from a machine with a TUN device and commit ops.pins, or let the host run Tailscale SSH, whose keys the control server vouches for.',
  'keyscan-empty':
    'The ssh port answered but showed no host key of a known type. The server may be overloaded or speak something else: try ssh-keyscan by hand.',
  'host-key-mismatch':
    'ssh refused the connection because the host showed a key that is not pinned in ops.pins. After a reinstallation that is expected; otherwise something else answers at this address. Compare the fingerprint with `ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub` on the host’s console before you re-pin.',
  'not-reached': 'ssh ended before the host had shown its key, so the key could not be compared. The ssh check says why.',
  'machine-unread':
    'The host has no readable /etc/machine-id, so ops cannot tell whether the node still runs on the pinned machine. `sudo systemd-machine-id-setup` makes one.',
  'machine-not-pinned':
    'The pin holds the node and its keys, but not yet the machine behind them: that is only seen after a login. `ops hosts pin HOST` adds it.',
  'via-needs-name':
    '--via dials an address of your choice, so the pin must be found by name. Give the host a MagicDNS name in ops.yaml.',

  // The login
  'auth-mode':
    'The banner of the ssh port does not fit `auth` in ops.yaml. Tailscale SSH takes over port 22 of the tailnet address and ignores keys; an OpenSSH server knows nothing of the tailnet policy. Correct ops.yaml, or switch the host with `tailscale set --ssh`.',
  'ssh-denied':
    'The host’s key was right, but it refused the login. Check the user, the key (`ssh-add -l`) and authorized_keys on the host; with too many keys in the agent, name one with `key:`.',
  'ssh-policy':
    'Tailscale SSH asks the tailnet policy, and no ssh rule lets this machine in as this user. Add a rule with action accept to the policy.',
  'ssh-user-missing': 'The login user does not exist on the host. Check `user` in ops.yaml.',
  'ssh-nologin':
    'The key was accepted, but the account has no login shell. Log in as another user and keep this one for running the app.',
  'interactive-check':
    'The tailnet policy asks for a fresh browser login before it lets this user in (ssh rule with action check). Open the address that was shown, then run the command again. Automation needs a rule with action accept.',
  'remote-deadline':
    'The host took the login but gave no complete answer in time, so its outcome is not known. It may be overloaded, or a login script waits for input.',
  'outcome-unknown':
    'The connection ended before the host had said how its work ended, so ops claims neither success nor failure. `ops status` reads the host again.',
  'facts-missing':
    'The host answered, but left out what was asked about the app. Run the command again; if it stays, please report it.',

  // What the host is ready for
  'privilege-denied':
    'The login user may not become root without being asked for a password, and nobody is there to type one. Allow it in sudoers (NOPASSWD) or doas.conf (nopass), log in as root, or use `privilege: none` with units of the user’s own.',
  'not-root': 'ops.yaml says that the login itself is root, and it is not. Use `privilege: sudo`, or `user: root`.',
  'tool-missing':
    'The host lacks a program that ops uses there. The remedy names the Debian packages; other systems call them alike.',
  'tool-unfit':
    'A program on the host has the right name but another origin (BusyBox, uutils, openrsync) and does not do what the swap of a release needs. Install the GNU one.',
  'systemd-missing':
    'Deploys run as transient systemd units, which outlive a lost connection. Hosts without systemd cannot be deployed to.',
  'systemd-old':
    'The host’s systemd is older than 247 (Debian 11, Ubuntu 22.04). It lacks what keeps a deploy alive without a connection: upgrade the system.',
  'shell-noise':
    'The login shell of the host prints something on stdout before every command, and rsync takes that for its other end: an upload could only fail. Usually it is an echo in ~/.bashrc (~/.zshenv, config.fish): print in interactive shells only, or on stderr.',
  'lingering-off':
    'With `privilege: none` services are user units, which end with the user’s last login unless lingering is on. An admin switches it on once with `loginctl enable-linger`.',
  'clock-skew':
    'The clocks of the host and of this machine disagree. Certificates, tokens and the times in receipts suffer from it. Check that NTP runs on both sides.',
  'clock-unread': 'The host did not say what time it is. Its `date` may lack %N.',
  'schema-newer':
    'A newer version of ops keeps state on this host, in a layout that this version does not know. Upgrade ops here.',
  'state-damaged':
    'The state that ops keeps on the host could not be read. Look at the folder that the message names; nothing is changed while it is so.',
  'lock-held':
    'Somebody else’s deploy of this app is at work on the host right now, and a live one is never pushed aside. `ops resume RUN` watches it; `--wait 10m` queues behind it.',
  'lock-unread':
    'Only systemd on the host knows whether a deploy of this app is at work, and it gave no answer. Look at `systemctl is-system-running` there; with privilege none, at the login user’s own systemd.',
  'target-moved':
    '`path` was changed in ops.yaml after the app had been deployed. What is on the host, shared data too, would stay at the old place and stop being used. Put the old path back, or move by hand: stop the app, forget it on the host, move its shared data, deploy.',
  'target-other': 'The target directory carries the mark of another app. Two apps never share one: give this app another `path`.',
  'target-foreign':
    'The target directory holds files that ops did not put there, so it will not touch them. `ops deploy --adopt` takes the running installation over as the previous release, untouched.',
  'current-no-link':
    '`current` exists but is no symbolic link, so it cannot be switched in one step, and --adopt does not take it over. Where ops has deployed the app before, look at it and move it away. Elsewhere give the app another `path`, or make `current` a link to the folder that it is now, while the app is stopped.',
  'current-broken':
    '`current` points to a release that is not there any more, so nothing serves from it. A deploy puts it right.',
  'user-missing':
    'The account that the app is to run as does not exist on the host. Create it, or name another one with `user:` of the app.',
  'unit-missing':
    'ops.yaml names a service as already existing, and the host has no such unit. Correct the name, or let ops install it with `run:` or `unit:`.',
  'unit-foreign':
    'The host already has a unit with this name that ops did not make for this app, and it is never overwritten. When ops made it for an app that had another name then, `ops hosts forget HOST --app NAME` takes that one down. Otherwise give the service another name or remove the unit; where it runs what lies at the path of the app, --adopt takes both over.',
  'disk-full':
    'The file system of the target has less room or fewer inodes left than checks.disk.fail allows. `ops releases APP --prune --keep 2` removes old releases and what dead uploads left; otherwise grow it.',
  'disk-filling':
    'The file system of the target is fuller than checks.disk.warn. Remove old releases before it stops a deploy: `ops releases APP --prune --keep 3`.',
  'disk-read-only':
    'The target’s file system cannot be written to: mounted read-only (often after an I/O error), or not owned by the login user with `privilege: none`.',
  'disk-unread': 'The host did not say how full its disk is. Its `stat` may not be the GNU one.',
  'target-unwritable':
    'Root (or, with `privilege: none`, the login user) could not write where the app or the state of ops lives. A full or read-only disk is the usual cause; the message names the path.',

  // ops.yaml and the source
  'cwd-missing':
    'The working directory of the shell was removed or replaced, or may not be read, so ops can neither look for ops.yaml there nor start programs. `cd` there again, or elsewhere.',
  'config-not-found':
    'There is no ops.yaml in this folder or above it, up to the root of the repository. Name one with --config, or write one: `ops config example` prints one that explains every key.',
  'config-unreadable': 'ops.yaml exists but is no small UTF-8 text file that can be read. The message says which of these it is.',
  'config-invalid':
    'ops.yaml could be read but not understood. Every problem is listed with its line and column; `ops config example` prints one that explains every key.',
  'credential-missing':
    'ops.yaml takes a value from the environment, and the variable is not set here. Set it; every missing one is listed.',
  'source-empty': 'The source of the app holds no files once the excluded ones are taken out. Check `source` and `exclude`.',
  'source-entry':
    'The source holds something that cannot be part of a release: a socket, a device, a link that leads out, a name with control characters or not in UTF-8, something that you may not read, or a file or link where `shared` wants a folder. The message names it and says why; mend, remove or exclude it.',
  'source-git': 'git could not export the commit that `source` names. The message is git’s own.',
  'git-missing':
    'The source of the app is a git commit, and git is not installed here. Install it, or use a directory as the source.',
  'unit-file-missing': 'A service names a unit file in the source that is not there. Check `unit:` of the service.',
  'not-confirmed':
    'The plan was not confirmed, so nothing was changed. Where there is no terminal to ask on, and with --json, --yes confirms.',
  'command-unknown': 'ops has no command of this name. `ops help` lists them.',

  // A deploy, and the way back
  'facts-changed':
    'Between the plan and its execution somebody changed what the plan was made from, so it was not carried out. Run the command again: it plans anew.',
  'receipt-unwritable':
    'ops keeps a receipt of every run on this machine and changes nothing without one. The disk here is full, or the folder is not yours: free some space, or name another folder in OPS_STATE_DIR.',
  'upload-failed':
    'rsync could not finish the upload; the message is its own. Nothing was switched, and what has arrived stays for the next try.',
  'connection-lost':
    'The connection to the host ended while the release was still being sent, before anything there was switched. What has arrived stays for the next try.',
  'upload-missing': 'The uploaded tree of this run is not on the host any more. Run the deploy again.',
  'manifest-mismatch':
    'The host and this machine disagree about what the release consists of. Run the deploy again; the whole release is then sent anew.',
  'tree-mismatch':
    'A file of the release on the host is not what the manifest says. The upload was damaged or the disk is failing; nothing was switched.',
  'stage-failed':
    'The folder of the new release could not be prepared on the host. Usually its disk is full; the message names the step.',
  'start-failed':
    'systemd would not start the unit that carries out the deploy. The message is systemd’s own; nothing was changed.',
  'state-unwritable': 'The host could not write the state of the release. A full or read-only disk is the usual cause.',
  'user-cannot-read':
    'The account of the app cannot enter its own release. Check the permissions of the folders above the target.',
  'unit-invalid': 'systemd finds a mistake in a unit file of the release, so it was not installed. The message is systemd’s own.',
  'check-failed': 'A command of `checks` did not exit 0 in the new release, so it was not switched to. Its last lines are shown.',
  'swap-failed': '`current` could not be pointed at the release. Check the permissions and the file system of the target.',
  'install-failed':
    'The unit files or the environment file of the release could not be installed. The message ends with what systemctl said; without that, check that the host’s /etc is writable.',
  'unit-crash-loop':
    'The service of the new release ended and was started again, more than once. Its last lines are shown, and all of them with `ops logs`; the host went back to the last proven release.',
  'unit-failed':
    'The service of the new release ended or could not be started. Its last lines are shown; the host went back to the last proven release.',
  'unit-unstable':
    'The service became active but did not stay as it was through its stability window: something ended or restarted it. Its last lines are shown; the host went back to the last proven release.',
  'unit-start-timeout':
    'The service was not active within `start`. It may wait for something that is not there; a service of Type=notify must say when it is ready.',
  'probe-failed':
    'The service runs, but a probe did not get the answer that it expects, in none of its attempts. The message shows what was answered last.',
  'operator-probe':
    'The release runs and answers on the host, but not from this machine. An access rule, a firewall, or a service that listens on 127.0.0.1 only is the usual cause.',
  stopped:
    'The run was asked to stop and did so at the next safe point: before the switch nothing was changed, after it the host went back to the last proven release. The outcome says which.',
  'no-previous-release':
    'No older release on this host is proven, so there is nothing to go back to. What a rollback has left is not gone back to by itself: deploy it again from its source, which sends nothing that is there.',
  'release-unknown': 'No release of this id is on the host. `ops releases` lists them.',
  'release-ambiguous':
    'The ids of several releases end like this. Write more of the end, or the whole id; `ops releases` lists them.',
  'release-not-proven':
    'Only a release that is proven on the host is gone back to. This one never passed its probes there, or was left by a rollback; `ops releases` says which. Choose a proven one, or deploy it again.',
  'release-missing': 'The release is recorded, but its tree has been removed from the host. Choose another, or deploy it again.',
  'no-units':
    'The journal is read by unit, and this app has no services in ops.yaml. On the host `journalctl` shows everything that it holds.',
  'journal-unreadable':
    'journalctl on the host refused to show the units of the app; the message is its own. Check `--since`, and that the host keeps a journal.',
  'run-unknown': 'The host has no trace of such a run. `ops status` shows the last one.',
  'adopt-nothing': 'There is no running installation at the target that could be taken over. Deploy without --adopt.',
  'adopt-not-running':
    'The services of the installation that is to be taken over do not run. Only what works is taken over: start them first.',
  'adopt-twice': 'This installation belongs to ops already. Deploy without --adopt.',
  'forget-failed': 'Something that ops had put on the host could not be removed. The message says what; run the command again.',
  failed:
    'Something failed for which ops has no better word; the message is that of the program or system call. OPS_DEBUG=1 shows where.',
  'output-unwritten':
    'What the command found or did is as its exit code says, but the result could not be written to stdout: usually the disk behind it is full. Exit 1 means that only this went wrong.',
  interrupted: 'You ended the command. What had begun on a host before that goes on there; `ops status` shows it.',
};
