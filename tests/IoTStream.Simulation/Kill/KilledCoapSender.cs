using System.Buffers;
using System.Globalization;
using System.Text;
using IoTStream.Coap;
using IoTStream.Connectors;
using IoTStream.Dsl;
using IoTStream.Log;
using IoTStream.Runtime;

namespace IoTStream.Simulation.Kill;

/// <summary>A program that sends numbers to a resource with CoAP, until it is killed or has sent all.</summary>
internal static class KilledCoapSender
{
    /// <param name="resource">The resource.</param>
    /// <param name="count">How many numbers there are, in all lives.</param>
    /// <param name="directory">Where state goes.</param>
    public static async Task RunAsync(Uri resource, long count, string directory)
    {
        var client = new CoapClientOptions
        {
            ResponseTimeout = TimeSpan.FromSeconds(5),
            Transmission = new CoapTransmission { AckTimeout = TimeSpan.FromMilliseconds(100), MaxRetransmit = 3, NStart = 8 },
        };
        var builder = new TopologyBuilder("sender");
        builder.From("numbers", Generator.AtRate(200, static number => number, count))
            .To("out", CoapSink.To(number => Part(resource, number), client, new NumberEncoder(), new CoapSinkOptions { Method = CoapCode.Post }));
        await using Job job = await builder.Build().StartAsync(new JobOptions
        {
            EpochLog = EpochLog.At(Path.Combine(directory, "sender")),
            EpochInterval = TimeSpan.FromMilliseconds(30),
        });
        Console.WriteLine("running");
        await job.Completion;
        Console.WriteLine("done");
    }

    /// <summary>Those for one resource go one after the other, each when the one before it is in an epoch of the receiver.</summary>
    private static Uri Part(Uri resource, long number) => new(string.Create(CultureInfo.InvariantCulture, $"{resource}?part={number % 8}"));

    private sealed class NumberEncoder : IEncoder<long>
    {
        // Many numbers have the same bytes: they are told apart by their tags alone.
        public void Encode(long value, IBufferWriter<byte> output) => Encoding.ASCII.GetBytes((value % 8).ToString(CultureInfo.InvariantCulture), output);
    }
}
