#include "run/frame_writer.hpp"

#include <algorithm>
#include <utility>

namespace testmta::run {

namespace asio = boost::asio;

void frame_writer::fuzz(run::fuzz const& how, std::string_view name) {
    fuzzer_.emplace(how, name);
    notes_.fuzz_seed = how.seed;
}

asio::awaitable<void> frame_writer::write(std::string frames, duration limit) {
    auto const drops = std::exchange(drops_after_, std::nullopt);
    if (drops) frames.resize(std::min(*drops, frames.size()));
    if (fuzzer_) {
        auto const changed = fuzzer_->mutate(frames);
        for (std::size_t i = 0; i != changed.size(); ++i) co_await write_as_it_is(changed[i], limit);
    } else {
        co_await write_as_it_is(std::move(frames), limit);
    }
    if (!drops) co_return;
    to_.close();
    notes_.frames.note("closed by " + std::string(side_));
}

asio::awaitable<void> frame_writer::write_as_it_is(std::string octets, duration limit) {
    notes_.frames.sent(octets);
    if (keeps_) notes_.writes.push_back(octets);
    co_await to_.write(std::move(octets), how_, limit);
}

}  // namespace testmta::run
