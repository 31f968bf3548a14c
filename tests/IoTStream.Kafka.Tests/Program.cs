using IoTStream.Kafka.Tests.Groups;
using IoTStream.Kafka.Tests.Peers;
using IoTStream.Kafka.Tests.Real;
using IoTStream.Kafka.Tests.ScaleOut;

if (!NativeClient.TryLoad())
{
    return 1;
}

switch (args[0])
{
    case "member":
        await Member.RunAsync(args[1], args[2], args[3], args[4]);
        break;
    case "scaled":
        await ScaledProcess.RunAsync(args[1], args[2], args[3], args[4]);
        break;
    case "job":
        await KilledJob.RunAsync(args[1], args[2], args[3], args[4]);
        break;
}

return 0;
