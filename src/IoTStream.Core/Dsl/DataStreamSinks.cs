using System.Threading.Channels;
using IoTStream.Connectors;

namespace IoTStream.Dsl;

/// <summary>Short forms of <c>To</c> for sinks of the caller's own process, which need not name the type of the records.</summary>
public static class DataStreamSinks
{
    /// <summary>Ends the stream in lines on the console. See <see cref="ConsoleSink.Lines"/>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="format">The line of a record.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static void ToConsole<T>(this DataStream<T> stream, string name, Func<T, string> format)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.To(name, ConsoleSink.Lines(format));
    }

    /// <summary>Ends the stream in a channel, which holds the pipeline back when it is full. See <see cref="ChannelSink.To"/>.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="name">The name of the step, unique in the topology and the same over restarts.</param>
    /// <param name="channel">Where the records are written.</param>
    /// <typeparam name="T">The type of the records.</typeparam>
    public static void ToChannel<T>(this DataStream<T> stream, string name, ChannelWriter<T> channel)
    {
        ArgumentNullException.ThrowIfNull(stream);
        stream.To(name, ChannelSink.To(channel));
    }
}
