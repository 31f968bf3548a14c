using System.Buffers;
using System.Globalization;
using System.Net;
using IoTStream.Benchmarks.Mqtt;
using IoTStream.Coap;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Runtime;

namespace IoTStream.Benchmarks.Coap;

/// <summary>A job with our source as a process: it says when it listens, answers <see cref="Questions"/>, and ends with its input.</summary>
internal static class CoapHost
{
    public const string Verb = "coap-source";

    public static async Task RunAsync(int port)
    {
        long count = 0;
        var builder = new TopologyBuilder("receive");
        builder.From("samples", CoapSource.Receive(CoapLoad.Resource, new CoapServerOptions { Address = IPAddress.Loopback, Port = port }, new NumberDecoder()))
            .ForEach("count", _ => count++);
        await using Job job = await builder.Build().StartAsync(new JobOptions { Lanes = 1 });
        Console.WriteLine(port.ToString(CultureInfo.InvariantCulture));
        await Questions.AnswerAsync();
    }

    private sealed class NumberDecoder : IDecoder<long>
    {
        public long Decode(in ReadOnlySequence<byte> payload)
        {
            var reader = new SequenceReader<byte>(payload);
            return reader.TryReadLittleEndian(out long number) ? number : throw new FormatException("The payload has no number.");
        }
    }
}
