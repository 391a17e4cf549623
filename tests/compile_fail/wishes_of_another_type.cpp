// says: milterproto: wishes is declared as: static core::filter_wishes wishes()
#include "milterproto/handler.hpp"

using namespace milterproto;

struct author {
#ifndef WITH_FAULT
    static
#endif
        core::filter_wishes
        wishes() {
        return {};
    }
    void on_close(connection&) {}
};

auto made = make_filter(author());
