// Block devices and network interfaces excluded by default: the agent's defaults, also applied to
// the counters of other agents.

export const UNSAMPLED = {
  // zram is memory. Of a multipath NVMe disk the paths count the same I/O once more.
  devices: ['loop*', 'ram*', 'zram*', 'fd*', 'sr*', 'nvme*c*n*'],
  // What a Kubernetes node has by the hundred. An alias (`eth0:1`) has no counters of its own.
  interfaces: ['lo', 'veth*', 'docker*', 'cni*', 'cali*', 'lxc*', '*:*'],
} as const;
