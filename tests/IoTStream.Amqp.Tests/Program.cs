using IoTStream.Amqp.Tests.Killed;

await KilledJob.RunAsync(args[0], args[1], args[2], args[3]);
