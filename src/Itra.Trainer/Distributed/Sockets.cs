using System.Net;
using System.Net.Sockets;
using Itra.Domain;

namespace Itra.Trainer.Distributed;

/// <summary>TCP sockets as the processes of a training use them: without delay, and with a check whether the other machine still answers.</summary>
internal static class Sockets
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    // Where a machine has no IPv6, the sockets of the others are of the older kind, too.
    private static IPAddress Any => Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any;

    /// <exception cref="SocketException">Nobody listens there.</exception>
    public static Socket Connect(string address, int port, CancellationToken cancellation)
    {
        var socket = Tuned(new Socket(SocketType.Stream, ProtocolType.Tcp));
        using var time = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        time.CancelAfter(Patience);
        try
        {
            socket.ConnectAsync(address, port, time.Token).AsTask().GetAwaiter().GetResult();
            // Where nobody listens yet, the system may connect a socket with itself.
            if (!socket.RemoteEndPoint!.Equals(socket.LocalEndPoint)) return socket;
            socket.Dispose();
            throw new SocketException((int)SocketError.ConnectionRefused);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            socket.Dispose();
            throw new SocketException((int)SocketError.TimedOut);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    public static Socket Accept(Socket listener) => Tuned(listener.Accept());

    public static Socket Listen(IPAddress address, int port)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            if (address.Equals(IPAddress.IPv6Any)) socket.DualMode = true;
            socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
            socket.Bind(new IPEndPoint(address, port));
            socket.Listen();
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Listens where process 0 is to be met, and nowhere else.</summary>
    /// <exception cref="UserErrorException">That is not on this machine, or the port is taken.</exception>
    public static Socket Listen(string address, int port)
    {
        try
        {
            IPAddress[] addresses = [.. Dns.GetHostAddresses(address).OrderBy(a => a.AddressFamily)];
            // A machine's own name often stands for a loopback address, at which no other machine would find it.
            return Listen(Array.TrueForAll(addresses, IPAddress.IsLoopback) && !IsLoopbackOnly(address) ? Any : addresses[0], port);
        }
        catch (SocketException e)
        {
            throw new UserErrorException(e.SocketErrorCode switch
            {
                SocketError.AddressAlreadyInUse => $"port {port} of {address} is taken by another program: set another MASTER_PORT for all processes",
                SocketError.AddressNotAvailable => $"MASTER_ADDR {address} is not this machine, which process 0 is on: set it to this machine's name for all processes",
                _ => $"process 0 cannot listen at {address}:{port}: {e.Message}; set MASTER_ADDR and MASTER_PORT to what is free on its machine",
            }, e);
        }
    }

    /// <summary>Where a process that is connected to process 0 can be reached by the others.</summary>
    public static IPAddress ReachableFrom(string master, Socket control) =>
        ((IPEndPoint)control.LocalEndPoint!).Address is var local && IPAddress.IsLoopback(Plain(local)) && !IsLoopbackOnly(master) ? Any : Plain(local);

    /// <summary>The address at the other end; empty for this machine.</summary>
    public static string AddressOf(Socket socket) =>
        Plain(((IPEndPoint)socket.RemoteEndPoint!).Address) is var address && IPAddress.IsLoopback(address) ? "" : address.ToString();

    private static bool IsLoopbackOnly(string address) => address == "localhost" || (IPAddress.TryParse(address, out var number) && IPAddress.IsLoopback(number));

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;

    private static Socket Tuned(Socket socket)
    {
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        return socket;
    }
}
