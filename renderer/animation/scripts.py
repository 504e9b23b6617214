"""What is asked of a page that moves."""

__all__ = ["MOVERS", "SEEK", "TIMINGS"]

MOVERS = """(() => ({
  animations: document.getAnimations().filter(
    (one) => one.effect && one.timeline === document.timeline && one.playState !== 'paused'),
  vectors: [...document.querySelectorAll('svg')].filter(
    (svg) => svg.pauseAnimations && !svg.ownerSVGElement),
}))()"""
"""All that has a time of its own; kept by reference, since what has ended is listed no more."""

TIMINGS = """function() {
  const finite = (number) => Number.isFinite(number) ? number : -1;
  const timings = this.animations.map((one) => {
    const timing = one.effect.getComputedTiming();
    return {
      delay: timing.delay, duration: finite(Number(timing.duration)),
      iterations: finite(timing.iterations), alternates: timing.direction.startsWith('alternate'),
      end: finite(timing.endTime), rate: one.playbackRate,
    };
  });
  for (const svg of this.vectors) {
    for (const one of svg.querySelectorAll('animate, animateTransform, animateMotion, set')) {
      let begin = 0, duration = -1;
      try { begin = one.getStartTime() * 1000; } catch { /* begins with an event: never here */
        continue; }
      try { duration = one.getSimpleDuration() * 1000; } catch { /* without an end */ }
      const repeat = one.getAttribute('repeatCount');
      const forever = repeat === 'indefinite' || one.getAttribute('repeatDur') === 'indefinite';
      const iterations = forever ? -1 : Number(repeat) || 1;
      timings.push({
        delay: begin, duration, iterations, alternates: false, rate: 1,
        end: forever || duration < 0 ? -1 : begin + duration * iterations,
      });
    }
  }
  return timings;
}"""
"""Milliseconds; -1 stands for what has no end."""

SEEK = """function(time) {
  for (const one of this.animations) {
    one.pause();
    one.currentTime = time * one.playbackRate;
  }
  for (const svg of this.vectors) {
    svg.pauseAnimations();
    svg.setCurrentTime(time / 1000);
  }
  return true;
}"""
