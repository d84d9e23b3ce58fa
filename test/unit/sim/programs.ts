// Two scheduled programs written by hand: causal attention of one head, with one buffer for keys and one for
// values guarded by block barriers; and with a ring of two each, guarded by mbarriers.

const header = (dims: string): string => `
program sample @sm_80 from "sample.tile"
dims Sq, Skv
in q: f16[q=Sq, d=${dims}]
in k: f16[kv=Skv, d=${dims}]
in v: f16[kv=Skv, d=${dims}]
out o: f16[q=Sq, d=${dims}]
out lse: f32[q=Sq]
`;

const softmaxTiles = `
      registers s: f32[q, kv] as accumulator
      registers p: f16[q, kv] as operand
      registers limit: i32[q] as lanes
      registers t_max: f32[q] as rows
      registers m_new: f32[q] as rows
      registers shrink: f32[q] as rows`;

const softmax = `
      if masked {
        map limit = min(Skv - 1, q0 + row + (Skv - Sq)) - j * 32 - lane_col
        map s = fixed_col <= limit ? s : -inf
      }
      reduce t_max = max s
      if_any t_max * 0.25 - m > 8.0 {
        map m_new = max(m, t_max * 0.25)
        map shrink = exp2(m - m_new)
        map l = l * shrink
        map acc = acc * shrink
        map m = m_new
      }
      map s = exp2(s * 0.25 - m)
      reduce l = sum l, s
      map p = s`;

const registers = `
    registers acc: f32[q, 32] as accumulator
    registers m: f32[q] as rows
    registers l: f32[q] as lanes
    registers lsum: f32[q] as rows
    registers inverse: f32[q] as rows
    registers lse_row: f32[q] as rows`;

const bounds = `
      let q0: i32 = block * 64
      let end: i32 = min(Skv, q0 + 64 + (Skv - Sq))
      let count: i32 = max(0, div(end + 31, 32))
      let full: i32 = max(0, div(min(Skv, q0 + 1 + (Skv - Sq)), 32))
      let partial: i32 = min(count, count - full)
      fill acc = 0.0
      fill m = -1e30
      fill l = 0.0`;

const finish = `
      if count > 0 {
        for t = 0 to partial { call body(t) with masked }
        for t = partial to count { call body(t) }
      }
      reduce lsum = sum l
      map inverse = lsum > 0.0 ? 1.0 / lsum : 0.0
      map acc = acc * inverse
      map lse_row = lsum > 0.0 ? (m + log2(lsum)) * 0.6931472 : -inf
      store lse[q0 : q] <- lse_row
      sync_warp
      put os <- acc
      sync_warp
      store o[q0 : q, :] <- os`;

/** Each use of a loaded tile is preceded by a wait and a barrier, which also frees the tile used before. */
export const groups = `${header("32")}
kernel sample {
    grid blocks div(Sq + 63, 64)
    axis q = Sq by 64
    axis kv = Skv by 32
    launch warps 4, blocks_per_sm 1
    shared qs: f16[q, 32] at 0 swizzle 4
    shared os: f16[q, 32] at 0 swizzle 4
    shared ks: f16[kv, 32] at 4096 swizzle 4
    shared vs: f16[kv, 32] at 6144 swizzle 4
    registers qr: f16[q, 32] as operand${registers}

    step body(t: i32, masked: flag) {${softmaxTiles}
      let j: i32 = count - 1 - t
      wait 0
      barrier
      copy vs <- v[j * 32 : kv, :] guard masked
      commit
      qk s = qr, ks
      wait 0
      barrier
      if t + 1 < count { copy ks <- k[(j - 1) * 32 : kv, :] guard false }
      commit${softmax}
      pv acc += p, vs
    }

    role all {${bounds}
      copy qs <- q[q0 : q, :] guard true
      if count > 0 { copy ks <- k[(count - 1) * 32 : kv, :] guard true }
      commit
      wait 0
      barrier
      get qr <- qs${finish}
    }
}
`;

/** Stage t % 2 of each ring; its phase is t / 2. */
export const ring = `${header("32")}
kernel sample {
    grid blocks div(Sq + 63, 64)
    axis q = Sq by 64
    axis kv = Skv by 32
    launch warps 4, blocks_per_sm 1
    shared qs: f16[q, 32] at 0 swizzle 4
    shared os: f16[q, 32] at 0 swizzle 4
    shared ks: f16[kv, 32] stages 2 at 4096 swizzle 4
    shared vs: f16[kv, 32] stages 2 at 8192 swizzle 4${registers}
    mbarrier k_full stages 2 at 12288 counts threads
    mbarrier k_free stages 2 at 12304 counts threads
    mbarrier v_full stages 2 at 12320 counts threads
    mbarrier v_free stages 2 at 12336 counts threads

    step body(t: i32, masked: flag) {${softmaxTiles}
      let j: i32 = count - 1 - t
      if t + 1 < count {
        if t > 0 { await k_free[(t + 1) % 2] parity div(t - 1, 2) % 2 }
        copy ks[(t + 1) % 2] <- k[(j - 1) * 32 : kv, :] guard false
        arrive k_full[(t + 1) % 2] after copies
      }
      await k_full[t % 2] parity div(t, 2) % 2
      qk s = qs, ks[t % 2]
      arrive k_free[t % 2] after accesses
      if t + 1 < count {
        if t > 0 { await v_free[(t + 1) % 2] parity div(t - 1, 2) % 2 }
        copy vs[(t + 1) % 2] <- v[(j - 1) * 32 : kv, :] guard false
        arrive v_full[(t + 1) % 2] after copies
      }${softmax}
      await v_full[t % 2] parity div(t, 2) % 2
      pv acc += p, vs[t % 2]
      arrive v_free[t % 2] after accesses
    }

    role all {${bounds}
      init_barriers
      barrier
      if count > 0 {
        copy qs <- q[q0 : q, :] guard true
        copy ks[0] <- k[(count - 1) * 32 : kv, :] guard true
        arrive k_full[0] after copies
        copy vs[0] <- v[(count - 1) * 32 : kv, :] guard true
        arrive v_full[0] after copies
      }${finish}
    }
}
`;
