#include "host/spare_descriptors.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

namespace vouchd {

spare_descriptors::~spare_descriptors() {
    while (give()) {
    }
}

void spare_descriptors::keep(std::size_t count) {
    held_.reserve(count);
    wanted_ = count;
    refill();
}

bool spare_descriptors::give() noexcept {
    if (held_.empty()) return false;
    ::close(held_.back());
    held_.pop_back();
    return true;
}

void spare_descriptors::refill() noexcept {
    while (held_.size() < wanted_) {
        int const one = ::eventfd(0, EFD_CLOEXEC);
        if (one < 0) return;
        held_.push_back(one);
    }
}

}  // namespace vouchd
