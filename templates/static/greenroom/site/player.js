// Player of the recording. Loads nothing before a click; then every time on the page seeks it.
"use strict";

(() => {
    const play = document.querySelector("a.play");
    if (!play) return;
    const { kind, address, title, close: closeLabel } = play.dataset;
    const origin = new URL(address).origin;
    const chapters = [...document.querySelectorAll(".chapters > li[data-start]")];
    const boxes = [...document.querySelectorAll(".timeline-bar a[data-start]")];
    let box = null;
    let media = null;
    let ready = false;

    function source(second) {
        if (kind === "audio") return address;
        const url = new URL(address);
        if (kind === "youtube") {
            url.search = new URLSearchParams({ start: second, autoplay: 1, enablejsapi: 1, playsinline: 1, origin: location.origin });
        } else {
            url.searchParams.set("t", second);
            url.searchParams.set("autoplay", 1);
        }
        return url.href;
    }

    function send(message) {
        media.contentWindow.postMessage(JSON.stringify(message), origin);
    }

    function make(second) {
        media = document.createElement(kind === "audio" ? "audio" : "iframe");
        if (kind === "audio") {
            media.controls = true;
            media.preload = "metadata";
            media.addEventListener("timeupdate", () => mark(media.currentTime));
        } else {
            media.title = title;
            media.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
            // YouTube refuses to play without a referrer.
            media.referrerPolicy = "strict-origin-when-cross-origin";
            media.addEventListener("load", () => kind === "youtube" && send({ event: "listening", id: 1 }));
        }
        media.src = source(second);
        box = document.createElement("section");
        box.className = "player";
        box.setAttribute("aria-label", title);
        const now = document.createElement("a");
        now.className = "now-playing";
        const close = document.createElement("button");
        close.type = "button";
        close.className = "close";
        close.textContent = "×";
        close.setAttribute("aria-label", closeLabel);
        close.addEventListener("click", () => {
            box.remove();
            box = media = null;
            ready = false;
            play.focus();
        });
        box.append(media, now, close);
        play.closest(".side").append(box);
    }

    function seek(second) {
        if (!box) {
            make(second);
        } else if (kind === "youtube" && ready) {
            send({ event: "command", func: "seekTo", args: [second, true] });
            send({ event: "command", func: "playVideo", args: [] });
        } else if (kind !== "audio") {
            media.src = source(second);
        }
        if (kind === "audio") {
            media.currentTime = second;
            media.play().catch(() => { /* the visitor presses play */ });
        }
        mark(second);
    }

    function mark(second) {
        const here = chapters.filter((chapter) => Number(chapter.dataset.start) <= second).at(-1);
        for (const chapter of chapters) {
            if (chapter === here) chapter.setAttribute("aria-current", "true");
            else chapter.removeAttribute("aria-current");
        }
        for (const each of boxes) {
            if (here && each.dataset.start === here.dataset.start) each.setAttribute("aria-current", "true");
            else each.removeAttribute("aria-current");
        }
        const now = box && box.querySelector(".now-playing");
        if (now && here) {
            now.textContent = here.querySelector("h3").textContent;
            now.href = `#${here.id}`;
        }
    }

    addEventListener("message", (event) => {
        if (!media || kind !== "youtube" || event.origin !== origin || event.source !== media.contentWindow) return;
        let data;
        try { data = JSON.parse(event.data); } catch { return; }
        if (!data || typeof data !== "object") return;
        ready = true;
        if (data.info && typeof data.info.currentTime === "number") mark(data.info.currentTime);
    });

    const requested = /^(\d{1,6})s?$/.exec(new URLSearchParams(location.search).get("t") || "");
    const from = requested ? Number(requested[1]) : 0;
    const plain = (event) => event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;

    document.addEventListener("click", (event) => {
        const link = event.target.closest("a.play, a.time[data-t]");
        if (!link || !plain(event)) return;
        event.preventDefault();
        seek(link === play ? from : Number(link.dataset.t));
    });

    if (requested) {
        const clock = [from / 3600, (from % 3600) / 60, from % 60].map((n) => String(Math.floor(n)).padStart(2, "0")).join(":");
        play.append(` ${clock}`);
        mark(from);
        const here = document.querySelector(".chapters > [aria-current]");
        if (here) here.scrollIntoView({ block: "start", behavior: "instant" });
    }
})();
