using System.Buffers;
using System.Net;
using System.Text;
using IoTStream.Coap;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Simulation.Kill;

/// <summary>A program that takes lines from devices with CoAP, over datagrams or connections, and writes them to files, an epoch each, until it is killed.</summary>
internal static class KilledCoapJob
{
    /// <param name="port">The ports to listen at, on the loopback.</param>
    /// <param name="directory">Where state and files go.</param>
    public static async Task RunAsync(int port, string directory)
    {
        var builder = new TopologyBuilder("killed");
        var server = new CoapServerOptions { Address = IPAddress.Loopback, Port = port, Tcp = new CoapTcpOptions { Port = port } };
        builder.From("lines", CoapSource.Receive("lines", server, new LineCodec(), new CoapSourceOptions { DeduplicateFor = TimeSpan.FromHours(1) }))
            .To("files", JsonLines.WriteEpochs(Path.Combine(directory, "files"), new LineCodec()));
        var options = new JobOptions { EpochLog = EpochLog.At(Path.Combine(directory, "state")), EpochInterval = TimeSpan.FromMilliseconds(20), Delivery = Delivery.ExactlyOnce };
        await using Job job = await builder.Build(Delivery.ExactlyOnce).StartAsync(options);
        Console.WriteLine("running");
        await job.Completion;
    }

    /// <summary>A number, and as many bytes more as one likes.</summary>
    private sealed class LineCodec : ICodec<string>
    {
        public string Decode(in ReadOnlySequence<byte> payload) => Encoding.ASCII.GetString(payload).TrimEnd();

        public void Encode(string value, IBufferWriter<byte> output) => Encoding.ASCII.GetBytes(value, output);
    }
}
