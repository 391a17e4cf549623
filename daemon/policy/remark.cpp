#include "policy/remark.hpp"

namespace vouchd {

namespace {

std::string part(remark::about what, subject const& of) {
    switch (what) {
        case remark::about::nothing: return {};
        case remark::about::client: return of.who.client ? of.who.client->to_string() : std::string();
        case remark::about::sender_domain:
            return of.address ? std::string(of.address->domain()) : std::string();
        case remark::about::recipient: return of.recipient;
    }
    return {};
}

}  // namespace

std::string remark::text(subject const& of) const {
    if (!owned_.empty()) return owned_;
    return part(about_, of).append(words_);
}

}  // namespace vouchd
