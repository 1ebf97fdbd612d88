/** All specs, in the order in which they are read. */
import './activation.spec';
import './red.spec';
import './fix.spec';
import './work.spec';
import './changes.spec';
import './landing.spec';
import './reviews.spec';
import './links.spec';
