#include "log/line_queue.hpp"

#include <utility>

namespace vouchd {

void line_queue::push(line_rank rank, std::string line) {
    auto const bytes = line.size() + 1;
    of(rank).push_back(numbered{next_++, std::move(line)});
    bytes_ += bytes;
    while (size() > most_lines || bytes_ > most_bytes) {
        auto const least = others_.empty() ? line_rank::decision : line_rank::other;
        pop(of(least));
        note_lost(least);
    }
}

void line_queue::take(std::size_t enough, std::string& text) {
    while (!empty() && text.size() < enough) text.append(pop(with_the_oldest())).append(1, '\n');
}

void line_queue::note_lost(line_rank rank) noexcept {
    ++(rank == line_rank::decision ? dropped_.decisions : dropped_.others);
}

dropped_lines line_queue::take_dropped() noexcept {
    return std::exchange(dropped_, dropped_lines());
}

line_queue::lines& line_queue::with_the_oldest() noexcept {
    if (others_.empty()) return decisions_;
    if (decisions_.empty()) return others_;
    return others_.front().number < decisions_.front().number ? others_ : decisions_;
}

std::string line_queue::pop(lines& from) {
    auto line = std::move(from.front().line);
    from.pop_front();
    bytes_ -= line.size() + 1;
    return line;
}

}  // namespace vouchd
