// What every page of this folder offers its test, whichever player is behind it. A page adds
// load(url), heights(), choose(height), languages(), showText(language), shownText(), chapters().
"use strict";

const video = document.querySelector("video");

const player = {
  errors: [],

  fail(where, error) {
    player.errors.push(`${where}: ${error?.message ?? JSON.stringify(error)}`);
  },

  state() {
    return {
      time_s: video.currentTime,
      duration_s: video.duration,
      height: video.videoHeight,
      ended: video.ended,
      audio_bytes: video.webkitAudioDecodedByteCount,
    };
  },

  seek(time_s) {
    video.currentTime = time_s;
  },

  pause() {
    video.pause();
  },

  async resume() {
    await video.play();
  },

  // The brightness (0-255) in the middle of the picture as it is on the screen now.
  brightness() {
    const canvas = new OffscreenCanvas(1, 1);
    const context = canvas.getContext("2d");
    const { videoWidth, videoHeight } = video;
    context.drawImage(video, videoWidth / 2 - 2, videoHeight / 2 - 2, 4, 4, 0, 0, 1, 1);
    return context.getImageData(0, 0, 1, 1).data[1];
  },

  cuesOfBrowser() {
    return Array.from(video.textTracks)
      .filter((track) => track.mode === "showing")
      .flatMap((track) => Array.from(track.activeCues ?? [], (cue) => cue.text));
  },
};

video.addEventListener("error", () => player.fail("video", video.error));
window.addEventListener("error", (event) => player.fail("page", event));
window.addEventListener("unhandledrejection", (event) => player.fail("promise", event.reason));
