# Runs in the chroot of a fresh Debian, once: turns it into the machine every host and operator of the lab starts from.
set -eu

login() { useradd --create-home --uid "$2" --shell /bin/bash "$1"; }
login dev 1000    # the person at an operator
login deploy 1001 # sudo without a password
login doer 1002   # doas without a password
login plain 1003  # no privilege; user units outlive the login
useradd --system --uid 901 --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin web

mkdir -p /var/lib/systemd/linger /var/log/journal /opt/ops
: > /var/lib/systemd/linger/plain
chmod 0755 /usr/local/bin/* /usr/bin/tailscale /usr/sbin/tailscaled
chmod 0440 /etc/sudoers.d/deploy
chmod 0600 /etc/doas.conf

# Every host gets keys and an id of its own before it boots.
rm -f /etc/ssh/ssh_host_* /etc/machine-id /var/lib/dbus/machine-id
# tailscaled writes it for MagicDNS.
: > /etc/resolv.conf

systemctl enable tailscaled.service ssh.service
systemctl set-default multi-user.target
systemctl mask console-getty.service getty.target apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer \
  e2scrub_all.timer e2scrub_reap.service fstrim.timer systemd-firstboot.service ldconfig.service
