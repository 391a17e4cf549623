#include "sending/preparation.hpp"

namespace submission::sending {

preparation::preparation(message const& what) : is_binary_(what.body == body_type::binary) {
    if (what.headers == missing_headers::are_added) headers_.emplace(what.added);
}

void preparation::feed(std::string_view piece, std::string& into) {
    if (is_binary_) return complete(piece, into);
    if (!headers_ || headers_->is_over()) return ends_.feed(piece, into);
    normalised_.clear();
    ends_.feed(piece, normalised_);
    complete(normalised_, into);
}

void preparation::complete(std::string_view text, std::string& into) {
    if (headers_)
        headers_->feed(text, into);
    else
        into += text;
}

void preparation::finish(std::string& into) {
    normalised_.clear();
    if (!is_binary_) ends_.finish(normalised_);
    complete(normalised_, into);
    if (headers_) headers_->finish(into);
}

void dot_stuffing::feed(std::string_view text, std::string& into) {
    into.reserve(into.size() + text.size() + text.size() / 64 + 1);
    while (!text.empty()) {
        if (at_line_start_ && text.front() == '.') into += '.';
        auto const end = text.find('\n');
        auto const line = text.substr(0, end == text.npos ? end : end + 1);
        into += line;
        at_line_start_ = end != text.npos;
        text.remove_prefix(line.size());
    }
}

void measure::feed(std::string_view piece) {
    scratch_.clear();
    made_of_.feed(piece, scratch_);
    octets_ += scratch_.size();
}

std::uint64_t measure::finish() {
    scratch_.clear();
    made_of_.finish(scratch_);
    return octets_ + scratch_.size();
}

}  // namespace submission::sending
