// web answers every request with the name of its pod. On SIGTERM it finishes the requests that it has and takes no more, so
// that a lost request is never its own fault.
package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

func main() {
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	pod, err := os.Hostname()
	if err != nil {
		log.Fatal(err)
	}
	server := &http.Server{
		Addr: ":8080",
		Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			fmt.Fprintln(w, pod)
		}),
	}
	go func() {
		if err := server.ListenAndServe(); err != http.ErrServerClosed {
			log.Fatal(err)
		}
	}()
	<-stop.Done()
	grace, cancelGrace := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancelGrace()
	if err := server.Shutdown(grace); err != nil {
		log.Print(err)
	}
}
