using System.Net.Sockets;
using System.Threading.Channels;
using RabbitMQ.Client.Exceptions;

namespace IoTStream.Amqp.Connectors;

/// <summary>Tells failures of a connection from those of what was to be sent over it.</summary>
internal static class LostConnection
{
    public static bool Is(Exception exception) => exception is AlreadyClosedException or OperationInterruptedException or IOException or SocketException or ObjectDisposedException or ChannelClosedException;
}
