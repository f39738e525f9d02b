from alpha.service import make
from chassis.main import main

main(make)
