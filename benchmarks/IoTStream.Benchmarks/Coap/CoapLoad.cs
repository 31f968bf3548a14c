using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using IoTStream.Benchmarks.Mqtt;

namespace IoTStream.Benchmarks.Coap;

/// <summary>
/// Many devices, each a socket of its own, that send requests with a payload of 60 bytes, each when the one before it has been answered. One thread; whoever has its answer sends its next request.
/// </summary>
internal sealed unsafe partial class CoapLoad : IDisposable
{
    public const string Resource = "example_data";

    private const int PayloadSize = 60;
    private const int Header = 4;
    private const int TokenSize = 4;
    private const int LongestSilenceMs = 200;
    private const byte ServiceUnavailable = (5 << 5) | 3;

    private readonly Socket[] _devices;
    private readonly byte[] _request;
    private readonly byte[] _answer = new byte[256];
    private readonly ushort[] _ids;
    private readonly bool[] _waits;
    private readonly Epoll _epoll = new();

    public CoapLoad(int port, int devices, bool isConfirmable)
    {
        _devices = new Socket[devices];
        _ids = new ushort[devices];
        _waits = new bool[devices];
        for (int i = 0; i < devices; i++)
        {
            _devices[i] = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
            _devices[i].Connect(new IPEndPoint(IPAddress.Loopback, port));
            _epoll.Watch(_devices[i], i);
        }

        // The header with a token, the path, the format, and the payload.
        _request = [(byte)((isConfirmable ? 0x40 : 0x50) | TokenSize), 3, 0, 0, 0, 0, 0, 0, 0xBC, .. "example_data"u8, 0x11, 42, 0xFF, .. new byte[PayloadSize]];
    }

    /// <summary>How many requests had to be sent again, as nothing had come back for a long time, or the server had no room.</summary>
    public int Repeated { get; private set; }

    /// <summary>Sends until so many have been answered.</summary>
    public TimeSpan Run(int requests)
    {
        long start = Stopwatch.GetTimestamp();
        int sent = 0;
        int answered = 0;
        for (int i = 0; i < _devices.Length; i++)
        {
            Send(i);
            sent++;
        }

        while (answered < requests)
        {
            int ready = _epoll.Wait(LongestSilenceMs);
            for (int i = 0; i < ready; i++)
            {
                int device = _epoll[i].Index;
                if (!TryTake(device))
                {
                    continue;
                }

                answered++;
                if (sent < requests)
                {
                    Send(device);
                    sent++;
                }
            }

            if (ready == 0)
            {
                SendAgain();
            }
        }

        return Stopwatch.GetElapsedTime(start);
    }

    public void Dispose()
    {
        _epoll.Dispose();
        foreach (Socket device in _devices)
        {
            device.Dispose();
        }
    }

    /// <returns>False if there is no answer, but the word that nobody listens yet, or has room.</returns>
    private bool TryTake(int device)
    {
        fixed (byte* answer = _answer)
        {
            nint length = Receive((int)_devices[device].Handle, answer, (nuint)_answer.Length, 0);
            if (length < 0)
            {
                return false;
            }

            if (answer[1] == ServiceUnavailable)
            {
                // What is not confirmable is answered before the pipeline has it, and a pipeline that got no processor for a while has its queue full.
                Repeated++;
                Send(device);
                return false;
            }

            if (length < Header + TokenSize || answer[1] >> 5 != 2 || BinaryPrimitives.ReadUInt16BigEndian(_answer.AsSpan(Header)) != device)
            {
                throw new InvalidOperationException($"The server has answered with {answer[1] >> 5}.{answer[1] & 31:00}.");
            }
        }

        _waits[device] = false;
        return true;
    }

    /// <summary>Nothing has come for long: what was lost is sent again, as it may be that the server did not listen yet.</summary>
    private void SendAgain()
    {
        for (int device = 0; device < _devices.Length; device++)
        {
            if (_waits[device])
            {
                Repeated++;
                Send(device);
            }
        }
    }

    private void Send(int device)
    {
        ushort id = ++_ids[device];
        BinaryPrimitives.WriteUInt16BigEndian(_request.AsSpan(2), id);
        BinaryPrimitives.WriteUInt16BigEndian(_request.AsSpan(4), (ushort)device);
        BinaryPrimitives.WriteUInt16BigEndian(_request.AsSpan(6), id);
        BinaryPrimitives.WriteInt64LittleEndian(_request.AsSpan(_request.Length - PayloadSize), id);
        _waits[device] = true;
        fixed (byte* request = _request)
        {
            Send((int)_devices[device].Handle, request, (nuint)_request.Length, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "recv")]
    private static partial nint Receive(int socket, byte* buffer, nuint length, int flags);

    [LibraryImport("libc", EntryPoint = "send")]
    private static partial nint Send(int socket, byte* buffer, nuint length, int flags);
}
