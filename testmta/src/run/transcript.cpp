#include "run/transcript.hpp"

#include <algorithm>
#include <cstdio>

#include "milterproto/core/wire/codec.hpp"
#include "milterproto/core/wire/frame.hpp"

namespace testmta::run {

namespace core = milterproto::core;

namespace {

std::string milliseconds(transcript::clock::duration time) {
    char text[32];
    auto const value = std::chrono::duration<double, std::milli>(time).count();
    std::snprintf(text, sizeof text, "%8.3f ms", value);
    return text;
}

}  // namespace

transcript transcript::bounded(sender side, std::size_t octets) {
    transcript made(side);
    made.most_octets_ = octets;
    return made;
}

void transcript::sent(std::string_view octets) {
    core::frame_reader reader(milterproto::limits::payload_1m);
    auto const room = reader.prepare(octets.size());
    std::ranges::copy(octets, room.begin());
    reader.commit(octets.size());
    std::size_t known = 0;
    for (;;) {
        auto const next = reader.next();
        if (!next || !*next) break;
        auto const& frame = **next;
        auto const size = frame.payload.size() + 5;
        add('>', describe_frame(side_, frame.letter, frame.payload), octets.substr(known, size));
        known += size;
    }
    if (known != octets.size()) add('>', "bytes that are not a whole frame", octets.substr(known));
}

void transcript::received(char letter, std::string_view payload) {
    std::string octets;
    core::append_frame(octets, letter, payload);
    auto const peer = side_ == sender::mta ? sender::filter : sender::mta;
    add('<', describe_frame(peer, letter, payload), octets);
}

void transcript::note(std::string_view what) {
    add('-', std::string(what), {});
}

void transcript::add(char way, std::string text, std::string_view octets) {
    entries_.push_back({clock::now(), way, std::move(text), std::string(octets)});
    octets_ += entries_.back().size();
    for (; octets_ > most_octets_; entries_.pop_front()) octets_ -= entries_.front().size();
}

void transcript::teach(secrets& hidden) const {
    constexpr std::size_t head = 5;
    auto const mta = side_ == sender::mta ? '>' : '<';
    for (auto const& one : entries_) {
        if (one.way == mta && one.octets.size() > head)
            hidden.learn(one.octets[head - 1], std::string_view(one.octets).substr(head));
    }
}

std::string transcript::last_received() const {
    auto const last =
        std::find_if(entries_.rbegin(), entries_.rend(), [](entry const& one) { return one.way == '<'; });
    return last == entries_.rend() ? std::string() : last->text;
}

std::string transcript::text() const {
    std::string out;
    for (auto const& one : entries_) out.append(1, one.way).append(" ").append(one.text).append("\n");
    return out;
}

std::string transcript::format(std::size_t count, secrets const& hidden) const {
    std::string out;
    auto const shown = std::min(count, entries_.size());
    for (auto at = entries_.size() - shown; at != entries_.size(); ++at) {
        auto const& one = entries_[at];
        out.append("  ").append(milliseconds(one.when - start_)).append(" ").append(1, one.way).append(" ");
        out.append(hidden.hide_in(one.text)).append("\n");
        out.append(hex_dump(hidden.blot_out(one.octets), "                  "));
    }
    return out;
}

}  // namespace testmta::run
